import type {
  PeerProbe as WireProbe,
  ProjectNetwork,
} from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { NetworkView, PeerProbe } from '#libs/core/network/network-directory.port.js';

/** A project's network as one of its nodes is told of it; null when the node takes no part. */
export function networkToWire(view: NetworkView, nodeId: string): ProjectNetwork | null {
  const node = view.nodes.find((one) => one.nodeId === nodeId);
  if (!node) return null;
  return {
    projectId: view.projectId,
    organizationId: view.organizationId,
    vni: view.vni,
    range: view.range,
    gateway: view.gateway,
    nodeAddress: node.address,
    members: view.members.map((member) => ({
      containerId: member.containerId,
      nodeId: member.nodeId,
      address: member.address,
      answers: member.answers,
      name: member.name,
      serviceId: member.serviceId ?? '',
      serviceName: member.serviceName ?? '',
      stackName: member.stackName ?? '',
      ordinal: member.ordinal,
      links: member.nodeId === nodeId ? member.links : [],
    })),
    peers: view.nodes
      .filter((one) => one.nodeId !== nodeId)
      .map((one) => ({ nodeId: one.nodeId, underlayAddress: one.underlayAddress, nodeAddress: one.address })),
    publicAddresses: view.publicAddresses
      .filter((one) => one.nodeId === nodeId)
      .map(({ nodeId: _node, ...one }) => one),
    idleServices: view.idleServices.map((service) => ({ ...service, stackName: service.stackName ?? '' })),
  };
}

export const probesFromWire = (peers: readonly WireProbe[]): PeerProbe[] =>
  peers.map(({ nodeId, reachable, roundTripMs }) => ({
    peerId: nodeId,
    reachable,
    roundTripMs: reachable ? roundTripMs : null,
  }));
