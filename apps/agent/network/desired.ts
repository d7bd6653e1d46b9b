import type { Bridge, Forwarding, KernelState, Neighbour, Route, Tunnel } from './kernel.state.js';
import { bridgeMac, bridgeName, nameServer, nodeMac, tunnelName } from './overlay.names.js';
import { publicAddresses } from './public.addresses.js';
import type { Member, ProjectNetwork } from './project.network.js';

/** What a node has to know of itself. */
export interface NodePlace {
  nodeId: string;
  /** Where other nodes' packets go. */
  underlayAddress: string;
  /** The device that the outside is behind; null where it is not known. */
  outside: string | null;
  /** The largest packet inside the projects' networks. */
  mtu: number;
}

/** A container of this node with a fixed address, known before the control plane says so. */
export interface LocalContainer {
  containerId: string;
  projectId: string;
  address: string;
}

/** Who has which address of one project, as this node has to see it. */
export interface Residents {
  local: readonly string[];
  remote: readonly { address: string; nodeId: string }[];
}

/**
 * The control plane's word counts: an address that it gives to a container elsewhere is no longer one of here, also
 * while the old one is still being stopped.
 */
export function residents(network: ProjectNetwork, nodeId: string, locals: readonly LocalContainer[]): Residents {
  const holders = new Map<string, Member>();
  for (const member of network.members) {
    const held = holders.get(member.address);
    if (!held || rank(member, nodeId) > rank(held, nodeId)) holders.set(member.address, member);
  }
  const local = new Set<string>();
  const remote = [];
  for (const { address, nodeId: at } of holders.values()) {
    if (at === nodeId) local.add(address);
    else remote.push({ address, nodeId: at });
  }
  for (const { projectId, address } of locals) {
    if (projectId === network.projectId && !holders.has(address)) local.add(address);
  }
  return { local: [...local].sort(), remote: remote.sort((a, b) => (a.address < b.address ? -1 : 1)) };
}

const rank = (member: Member, nodeId: string): number => Number(member.nodeId === nodeId) * 2 + Number(member.answers);

/** Devices and routes that make the projects' networks on this node. Pure, and the same for the same input. */
export function desiredKernel(
  place: NodePlace,
  networks: readonly ProjectNetwork[],
  locals: readonly LocalContainer[],
): KernelState {
  const state: KernelState = { bridges: [], tunnels: [], routes: [], neighbours: [], forwardings: [], loopback: [] };
  state.loopback.push({ address: `${nameServer}/32` });
  // On loopback: the node answers for them on whatever device they are asked for at.
  state.loopback.push(...publicAddresses(networks).map(({ address }) => ({ address: `${address}/32` })));
  for (const network of networks) {
    const { remote } = residents(network, place.nodeId, locals);
    // Only once a container is about to be made: Podman refuses a network whose range a device has already.
    if (locals.some(({ projectId }) => projectId === network.projectId)) state.bridges.push(bridgeOf(network, place));
    state.tunnels.push(tunnelOf(network, place));
    state.routes.push(...routesOf(network, place, remote));
    for (const peer of network.peers.filter(({ nodeId }) => nodeId !== place.nodeId)) {
      const [device, mac] = [tunnelName(network.vni), nodeMac(peer.nodeId)];
      state.neighbours.push({ device, address: peer.nodeAddress, mac } satisfies Neighbour);
      state.forwardings.push({ device, mac, destination: peer.underlayAddress } satisfies Forwarding);
    }
  }
  return state;
}

const bridgeOf = ({ vni, range, gateway }: ProjectNetwork, { mtu }: NodePlace): Bridge => ({
  name: bridgeName(vni),
  mac: bridgeMac(vni),
  mtu,
  address: `${gateway}/${range.split('/')[1]}`,
});

const tunnelOf = ({ vni, nodeAddress }: ProjectNetwork, place: NodePlace): Tunnel => ({
  name: tunnelName(vni),
  mac: nodeMac(place.nodeId),
  mtu: place.mtu,
  vni,
  local: place.underlayAddress,
  address: `${nodeAddress}/32`,
});

function routesOf(network: ProjectNetwork, place: NodePlace, remote: Residents['remote']): Route[] {
  const peers = new Map(network.peers.map((peer) => [peer.nodeId, peer.nodeAddress]));
  peers.delete(place.nodeId);
  const through = { unreachable: false, device: tunnelName(network.vni), source: network.nodeAddress };
  return [
    // What nobody has must not leave by the default route while the bridge is away.
    { destination: network.range, unreachable: true, device: null, via: null, source: null },
    ...[...peers.values()].map((address) => ({ ...through, destination: address, via: null })),
    ...remote.flatMap(({ address, nodeId }) => {
      const via = peers.get(nodeId);
      return via === undefined ? [] : [{ ...through, destination: address, via }];
    }),
  ];
}
