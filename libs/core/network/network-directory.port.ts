/** A living container that holds an address of its project's network. */
export interface NetworkMember {
  containerId: string;
  nodeId: string;
  address: string;
  /** It is wanted, its process runs and its health check, if any, does not fail: names may mean it. */
  answers: boolean;
  name: string;
  /** Null for a standalone one. */
  serviceId: string | null;
  serviceName: string | null;
  stackName: string | null;
  ordinal: number;
  links: { alias: string; serviceId: string }[];
}

/** A node with an overlay that takes part: it has a container of the project, or it is an edge of a project with routes. */
export interface NetworkNode {
  nodeId: string;
  /** Where other nodes’ packets for it go. */
  underlayAddress: string;
  /** Its own in the project's range. */
  address: string;
}

/** An address of the outside that belongs to a container. */
export interface PublicAddressView {
  nodeId: string;
  address: string;
  containerId: string;
  privateAddress: string;
  /** False: only the ports. */
  allPorts: boolean;
  ports: { port: number; protocol: 'tcp' | 'udp' }[];
}

/** A project's network as all its nodes see it. */
export interface NetworkView {
  projectId: string;
  organizationId: string;
  range: string;
  gateway: string;
  vni: number;
  nodes: NetworkNode[];
  members: NetworkMember[];
  publicAddresses: PublicAddressView[];
  /** Known by name, with no container at the moment. */
  idleServices: { serviceId: string; serviceName: string; stackName: string | null }[];
}

export interface PeerProbe {
  peerId: string;
  reachable: boolean;
  /** Null when it does not answer. */
  roundTripMs: number | null;
}

/** What a gateway needs of the projects’ networks, on the platform role. */
export abstract class NetworkDirectory {
  /** Projects whose network any of these nodes takes part in. */
  abstract projectsOf(nodeIds: string[]): Promise<string[]>;
  /** One for each of these projects that has a network. Gives nodes that take part their own addresses. */
  abstract views(projectIds: string[]): Promise<NetworkView[]>;
  /**
   * Since when a node waits to have its networks as it was told, null: it has them; and what it could not do. Ignored
   * for a session that is not the node's current one.
   */
  abstract noteBehind(nodeId: string, epoch: number, since: Date | null, problems: string[]): Promise<void>;
  /** The node's latest self-test; replaces the one before. */
  abstract noteProbes(nodeId: string, epoch: number, probes: PeerProbe[]): Promise<void>;
}
