import type { FileShareState } from '#libs/domain/file-share/state.js';
import type { HeldShare, HeldVolume, VolumeRecord } from '#libs/core/volume/volume.repository.port.js';

export interface VolumeRow {
  id: string;
  organization_id: string;
  project_id: string;
  name: string;
  driver: VolumeRecord['driver'];
  share_id: string | null;
  owner: VolumeRecord['owner'];
  service_id: string | null;
  instance: string | null;
  mount_key: string | null;
  set_id: string | null;
  epoch: number;
  retired_at: Date | null;
  node_id: string | null;
  access: VolumeRecord['access'];
  fence: number;
  writer_id: string | null;
  size_limit_bytes: number | null;
  used_bytes: number | null;
  used_at: Date | null;
  labels: Record<string, string>;
  created_at: Date;
  row_version: number;
}

const names = [
  ...['id', 'organization_id', 'project_id', 'name', 'driver', 'share_id', 'owner', 'service_id', 'instance'],
  ...['mount_key', 'set_id', 'epoch', 'retired_at', 'node_id', 'access', 'fence', 'writer_id', 'size_limit_bytes'],
  ...['used_bytes', 'used_at', 'labels', 'created_at', 'row_version'],
];

export const volumeColumns = names.map((name) => `v.${name}`).join(', ');

export const toVolume = (row: VolumeRow): VolumeRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  name: row.name,
  driver: row.driver,
  shareId: row.share_id,
  owner: row.owner,
  serviceId: row.service_id,
  instance: row.instance,
  mountKey: row.mount_key,
  setId: row.set_id,
  epoch: row.epoch,
  retiredAt: row.retired_at,
  nodeId: row.node_id,
  access: row.access,
  fence: row.fence,
  writerId: row.writer_id,
  sizeLimitBytes: row.size_limit_bytes,
  usedBytes: row.used_bytes,
  usedAt: row.used_at,
  labels: row.labels,
  createdAt: row.created_at,
  rowVersion: row.row_version,
});

export interface WriterRow {
  writer_container_id: string | null;
  writer_name: string | null;
  writer_node: string | null;
  writer_lost: boolean | null;
}

export const writerColumns = `w.container_id AS writer_container_id, w.name AS writer_name, w.node_name AS writer_node, w.lost AS writer_lost`;

/**
 * The container that may still write. One that has ended as its node says cannot, nor can one whose node an operator
 * took out of the platform; one on a lost node may.
 */
export const writerJoin = `
  LEFT JOIN LATERAL (
    SELECT c.id AS container_id, c.name, n.name AS node_name, c.state = 'lost' OR coalesce(n.state, '') = 'lost' AS lost
      FROM container c LEFT JOIN node n ON n.id = c.node_id
     WHERE c.id = v.writer_id AND c.removed_at IS NULL AND c.state NOT IN ('exited', 'failed', 'removed')
       AND (c.state <> 'lost' OR c.finished_at IS NULL)
       AND (n.id IS NULL OR (n.removed_at IS NULL AND n.revoked_at IS NULL))) w ON true`;

export interface ShareRow {
  share_name: string | null;
  share_state: FileShareState | null;
  share_node_id: string | null;
  share_machine: string | null;
  share_node_gone: boolean | null;
}

export const shareColumns = `fs.name AS share_name, fs.state AS share_state, fs.node_id AS share_node_id, fn.machine AS share_machine,
  fn.id IS NULL AS share_node_gone`;

/** The share of volume `v`, and its node. */
export const shareJoin = `
  LEFT JOIN file_share fs ON fs.id = v.share_id LEFT JOIN node fn ON fn.id = fs.node_id AND fn.removed_at IS NULL`;

const toShare = (row: VolumeRow & ShareRow): HeldShare | null =>
  row.share_id !== null && row.share_name !== null && row.share_state !== null && row.share_node_id !== null
    ? {
        id: row.share_id,
        name: row.share_name,
        state: row.share_state,
        nodeId: row.share_node_id,
        machine: row.share_machine,
        nodeGone: row.share_node_gone ?? true,
      }
    : null;

export const toHeld = (row: VolumeRow & WriterRow & ShareRow): HeldVolume => ({
  ...toVolume(row),
  share: toShare(row),
  writer:
    row.writer_container_id === null
      ? null
      : {
          containerId: row.writer_container_id,
          containerName: row.writer_name ?? '',
          nodeName: row.writer_node,
          lost: row.writer_lost ?? false,
        },
});
