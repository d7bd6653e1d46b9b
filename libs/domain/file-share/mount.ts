/** How a node reaches a share: over the network, or the same folder where share and node are on one machine. */
export const shareMountKinds = ['nfs', 'bind'] as const;
export type ShareMountKind = (typeof shareMountKinds)[number];

/** What of a node decides on it. */
export interface MountPlace {
  nodeId: string;
  /** Its kernel can mount NFS. */
  nfsClient: boolean;
  /** The same for nodes of one running kernel; null: unknown. */
  machine: string | null;
}

export interface ShareMount {
  /** Null when it cannot be had. */
  kind: ShareMountKind | null;
  sentence: string;
}

/**
 * A share’s own node never mounts from itself over the network: client and server in one kernel’s memory can wait for
 * each other for ever.
 */
export function shareMountOf(node: MountPlace, server: Pick<MountPlace, 'nodeId' | 'machine'>): ShareMount {
  if (node.nodeId === server.nodeId)
    return { kind: 'bind', sentence: 'The share is on this node: its folder is bound.' };
  if (node.nfsClient) return { kind: 'nfs', sentence: 'The node’s engine mounts it over NFS 4.' };
  if (node.machine !== null && node.machine === server.machine) {
    const sentence =
      'The node’s kernel has no NFS client; the share’s node is on the same machine, so its folder is bound.';
    return { kind: 'bind', sentence };
  }
  return { kind: null, sentence: 'The node’s kernel has no NFS client, and the share is on another machine.' };
}

/** Where a volume on a share is; how it is reached is each node’s to know. */
export interface ShareSource {
  shareId: string;
  /** The share’s. */
  nodeId: string;
  machine: string | null;
  address: string;
  port: number;
}
