import { shareMountOf } from '#libs/domain/file-share/mount.js';
import type { NodeState } from '#libs/domain/node/state.js';
import type { FileShareDetails, FileShareRecord } from '#libs/core/file-share/file-share.repository.port.js';

export interface FileShareRow {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  size_bytes: number;
  iops_per_gb: FileShareRecord['iopsPerGb'];
  node_id: string;
  removed: boolean;
  state: FileShareRecord['state'];
  message: string | null;
  observed: FileShareRecord['observed'];
  observed_message: string | null;
  made_at: Date | null;
  used_bytes: number | null;
  total_bytes: number | null;
  used_at: Date | null;
  labels: Record<string, string>;
  created_at: Date;
  row_version: number;
}

export interface FileShareSceneRow extends FileShareRow {
  node_state: NodeState | null;
}

interface MountRow {
  id: string;
  name: string;
  nfsClient: boolean;
  machine: string | null;
}

export interface FileShareDetailsRow extends FileShareRow {
  node_name: string | null;
  node_machine: string | null;
  shared_with: { id: string; namespace: string }[];
  volumes: { id: string; name: string; projectId: string }[];
  mounts: MountRow[];
  total: number;
}

export const fileShareColumns = [
  ...['id', 'organization_id', 'project_id', 'name', 'size_bytes', 'iops_per_gb', 'node_id', 'removed', 'state'],
  ...['message', 'observed', 'observed_message', 'made_at', 'used_bytes', 'total_bytes', 'used_at', 'labels'],
  ...['created_at', 'row_version'],
]
  .map((name) => `f.${name}`)
  .join(', ');

export const toFileShare = (row: FileShareRow): FileShareRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  name: row.name,
  sizeBytes: row.size_bytes,
  iopsPerGb: row.iops_per_gb,
  nodeId: row.node_id,
  removed: row.removed,
  state: row.state,
  message: row.message,
  observed: row.observed,
  observedMessage: row.observed_message,
  madeAt: row.made_at,
  usedBytes: row.used_bytes,
  totalBytes: row.total_bytes,
  usedAt: row.used_at,
  labels: row.labels,
  createdAt: row.created_at,
  rowVersion: row.row_version,
});

export const toFileShareDetails = (row: FileShareDetailsRow): FileShareDetails => ({
  ...toFileShare(row),
  nodeName: row.node_name,
  sharedWith: row.shared_with,
  volumes: row.volumes,
  mounts: row.mounts.map(({ id: nodeId, name: nodeName, ...place }) => ({
    nodeId,
    nodeName,
    ...shareMountOf({ nodeId, ...place }, { nodeId: row.node_id, machine: row.node_machine }),
  })),
});
