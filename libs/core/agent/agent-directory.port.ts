import type { DesiredState, ObservedContainer } from '#libs/domain/container/state.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { ShareSource } from '#libs/domain/file-share/mount.js';
import type { NodeCapacity } from '#libs/domain/node/state.js';
import type { RestartPolicy } from '#libs/domain/service/spec.js';

/** One container given to a node, as the gateway hands it on. */
export interface Assignment {
  containerId: string;
  /** Grows with every change of `desired`. */
  generation: number;
  desired: DesiredState;
  /** The container's name on the engine; unique per node. */
  name: string;
  organizationId: string;
  projectId: string;
  serviceId: string | null;
  serviceName: string | null;
  ordinal: number;
  /** Null when desired is `removed`. */
  template: ContainerTemplate | null;
  restart: RestartPolicy;
  /** Identity and discovery variables that the platform adds; frozen when the container was made. */
  platformEnvironment: { name: string; value: string }[];
  credentials: { server: string; username: string; password: string } | null;
  restartNonce: number;
  /** In the project’s network; null: whatever the engine gives. */
  privateAddress: string | null;
  volumes: AssignedVolume[];
  /** What the volumes share that its instance keeps; null where nothing is kept. */
  volumeSet: string | null;
  /** Services whose containers on the same node lend all their mounts. */
  volumesFrom: string[];
}

/** The engine’s volume of one of the template’s mounts. */
export interface AssignedVolume {
  target: string;
  volumeId: string;
  name: string;
  /** Grows with every new writer of a volume that has one at a time; 0: any container may write. */
  fence: number;
  /** Of the engine’s `local` driver. */
  options: Record<string, string>;
  /** Of a volume on a file share; null of a local one. */
  share: ShareSource | null;
}

export interface AssignmentBatch {
  /** The node's assignment generation this batch brings the agent to. */
  generation: number;
  assignments: Assignment[];
}

export interface AgentHello {
  agentVersion: string;
  engineKind: string;
  engineVersion: string;
  capacity: NodeCapacity;
  labels: Record<string, string>;
  address: string;
  /** What it does beside running containers; unknown words are kept. */
  roles: string[];
  /** It makes the projects’ networks span nodes. */
  overlay: boolean;
  /** Where other nodes’ VXLAN packets and mounts go; empty: `address`. */
  underlayAddress: string;
  /** Of its running kernel: nodes with the same one can bind each other’s folders. */
  machine?: string;
  /** Its kernel can mount NFS. */
  nfsClient?: boolean;
  /** With the storage role: where its shares are served, and what it offers to them altogether. */
  storage?: { port: number; totalBytes: number } | undefined;
}

export interface ContainerReport {
  /** Numbered within the session. */
  sequence: number;
  containerId: string;
  /** Generation of the assignment it acts on. */
  generation: number;
  observed: ObservedContainer;
}

/**
 * What a gateway needs of the platform: sessions, assignments and reports of nodes. Everything is keyed by the
 * node's certificate; an implementation refuses a revoked node with `unauthenticated` and a superseded session
 * with `stale`.
 */
export abstract class AgentDirectory {
  /** Starts a session: bumps the node's session epoch, notes the gateway, marks the node ready. */
  abstract openSession(
    nodeId: string,
    certificateSerial: string,
    gatewayId: string,
    hello: AgentHello,
  ): Promise<{ epoch: number }>;
  /** Notes the nodes as seen now; returns those whose session is no longer the current one or that were revoked. */
  abstract touch(sessions: { nodeId: string; epoch: number }[]): Promise<{ nodeId: string; reason: string }[]>;
  /** Forgets the session's gateway, unless a newer session took over. The node's state is left to its timers. */
  abstract closeSession(nodeId: string, epoch: number): Promise<void>;
  /** Everything not yet observed as removed, in one consistent read. */
  abstract allAssignments(nodeId: string): Promise<AssignmentBatch>;
  /** What changed after `generation`; null when nothing did. */
  abstract assignmentsSince(nodeId: string, generation: number): Promise<AssignmentBatch | null>;
  /** Notes that the agent acted on the set up to `generation`. */
  abstract applied(nodeId: string, epoch: number, generation: number): Promise<void>;
  /**
   * Stores reports in one transaction, ignoring numbers already stored, impossible transitions and containers
   * that are unknown or on another node (their reports are accepted, not an error), and enqueues what depends
   * on them.
   */
  abstract report(nodeId: string, epoch: number, reports: ContainerReport[]): Promise<void>;
  /** The reachable address (host:port) of the gateway that holds the node's session; null when none does. */
  abstract gatewayOf(nodeId: string): Promise<{ gatewayId: string; address: string } | null>;
  /** Announces a gateway and its peer address; repeated as its own heartbeat. */
  abstract announceGateway(gatewayId: string, address: string): Promise<void>;
}

/** Wake-ups between processes: hints only, lost ones are made good by polling. */
export abstract class WakeUps {
  abstract wakeNode(nodeId: string): void;
  abstract onNode(listener: (nodeId: string) => void): () => void;
  abstract wakeEvents(organizationId: string): void;
  abstract onEvents(listener: (organizationId: string) => void): () => void;
}
