import type { ProjectNetwork as WireNetwork } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';

/** One project's private network as this node is to make it. Addresses are IPv4, checked. */
export interface ProjectNetwork {
  projectId: string;
  organizationId: string;
  vni: number;
  /** CIDR; the same on every node. */
  range: string;
  gateway: string;
  /** This node's own in the range. */
  nodeAddress: string;
  members: readonly Member[];
  /** Services without a member now: their names exist all the same. */
  idleServices: readonly IdleService[];
  peers: readonly Peer[];
  /** Of containers of this node. */
  publicAddresses: readonly PublicAddress[];
}

/** An address of the outside that belongs to a container of this node. */
export interface PublicAddress {
  address: string;
  containerId: string;
  privateAddress: string;
  /** False: only the ports. */
  allPorts: boolean;
  ports: readonly { port: number; protocol: 'tcp' | 'udp' }[];
}

export interface IdleService {
  serviceId: string;
  serviceName: string;
  stackName: string | null;
}

/** A living container; the meanings are those of the contract. */
export interface Member {
  containerId: string;
  nodeId: string;
  address: string;
  answers: boolean;
  name: string;
  serviceId: string | null;
  serviceName: string | null;
  stackName: string | null;
  ordinal: number;
  links: readonly { alias: string; serviceId: string }[];
}

export interface Peer {
  nodeId: string;
  underlayAddress: string;
  nodeAddress: string;
}

/** A network that can't be made as it was told; the sentence goes to the operator. */
export class UnreadableNetwork extends Error {}

const mostVni = 2 ** 24 - 1;
const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const addressPattern = new RegExp(`^${octet}(?:\\.${octet}){3}$`);
const rangePattern = new RegExp(`^${octet}(?:\\.${octet}){3}/(?:[1-2]?\\d|3[0-2])$`);

export const isAddress = (text: string): boolean => addressPattern.test(text);

/** What it says becomes commands to the kernel, so nothing is taken on trust. Throws UnreadableNetwork. */
export function projectNetworkFromWire(wire: WireNetwork): ProjectNetwork {
  const address = (text: string, what: string): string => {
    if (isAddress(text)) return text;
    throw new UnreadableNetwork(`The network of project ${wire.projectId} has ${what} that is no address: "${text}".`);
  };
  if (!rangePattern.test(wire.range)) {
    throw new UnreadableNetwork(`The network of project ${wire.projectId} has a range that is none: "${wire.range}".`);
  }
  if (!Number.isInteger(wire.vni) || wire.vni < 1 || wire.vni > mostVni) {
    throw new UnreadableNetwork(`The network of project ${wire.projectId} has the number ${wire.vni}.`);
  }
  return {
    projectId: wire.projectId,
    organizationId: wire.organizationId,
    vni: wire.vni,
    range: wire.range,
    gateway: address(wire.gateway, 'a gateway'),
    nodeAddress: address(wire.nodeAddress, 'a node address'),
    members: wire.members.map((member) => ({
      containerId: member.containerId,
      nodeId: member.nodeId,
      address: address(member.address, 'a member'),
      answers: member.answers,
      name: member.name,
      serviceId: member.serviceId || null,
      serviceName: member.serviceName || null,
      stackName: member.stackName || null,
      ordinal: member.ordinal,
      links: member.links.map(({ alias, serviceId }) => ({ alias, serviceId })),
    })),
    idleServices: wire.idleServices.map((service) => ({ ...service, stackName: service.stackName || null })),
    publicAddresses: wire.publicAddresses.map((one) => ({
      address: address(one.address, 'a public address'),
      containerId: one.containerId,
      privateAddress: address(one.privateAddress, 'a public address’s container'),
      allPorts: one.allPorts,
      ports: one.ports.flatMap(({ port, protocol }) => {
        const known = protocol === 'tcp' || protocol === 'udp' ? protocol : null;
        return known && Number.isInteger(port) && port > 0 && port < 65_536 ? [{ port, protocol: known }] : [];
      }),
    })),
    peers: wire.peers.map((peer) => ({
      nodeId: peer.nodeId,
      underlayAddress: address(peer.underlayAddress, 'a peer’s underlay address'),
      nodeAddress: address(peer.nodeAddress, 'a peer'),
    })),
  };
}
