import type { DesiredState, ObservedContainer } from '#libs/domain/container/state.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { ShareSource } from '#libs/domain/file-share/mount.js';
import type { NodeCapacity } from '#libs/domain/node/state.js';
import type { RestartPolicy } from '#libs/domain/service/spec.js';

/** One container given to this node, as an agent sees it; the field meanings are those of the contract. */
export interface NodeAssignment {
  containerId: string;
  generation: number;
  desired: DesiredState;
  name: string;
  organizationId: string;
  projectId: string;
  serviceId: string | null;
  serviceName: string | null;
  ordinal: number;
  template: ContainerTemplate | null;
  restart: RestartPolicy;
  platformEnvironment: { name: string; value: string }[];
  credentials: { server: string; username: string; password: string } | null;
  restartNonce: number;
  /** In the project’s network; null: whatever the engine gives. */
  privateAddress: string | null;
  /** The engine’s volume of each mount that is one of the platform’s. */
  volumes: AssignedVolume[];
  /** What the volumes share that its instance keeps; null where nothing is kept. */
  volumeSet: string | null;
  /** Services whose containers on this node lend all their mounts. */
  volumesFrom: string[];
}

export interface AssignedVolume {
  /** Of the template’s mount. */
  target: string;
  volumeId: string;
  /** On the engine. */
  name: string;
  /** A container with a lower one than the node has seen for the volume must not run; 0: any may. */
  fence: number;
  /** Of the engine’s `local` driver. */
  options: Record<string, string>;
  /** Of a volume on a file share; null of a local one. */
  share: ShareSource | null;
}

export interface NodeReport {
  /** Numbered within the session. */
  sequence: number;
  containerId: string;
  generation: number;
  observed: ObservedContainer;
}

export interface NodeHello {
  agentVersion: string;
  engineKind: string;
  engineVersion: string;
  capacity: NodeCapacity;
  labels: Record<string, string>;
  address: string;
  /** What it does beside running containers. */
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
