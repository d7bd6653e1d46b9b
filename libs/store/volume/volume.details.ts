import { shareMountOf } from '#libs/domain/file-share/mount.js';
import type { NodeState } from '#libs/domain/node/state.js';
import { isId } from '#libs/domain/id.js';
import type { VolumeState } from '#libs/domain/volume/volume.js';
import type { HeldShare, HeldVolume, VolumeDetails, VolumeUser } from '#libs/core/volume/volume.repository.port.js';
import type { Sql } from '../connection/sql.js';
import {
  shareColumns,
  shareJoin,
  toHeld,
  volumeColumns,
  writerColumns,
  writerJoin,
  type ShareRow,
  type VolumeRow,
  type WriterRow,
} from './volume.row.js';

interface DetailsRow extends VolumeRow, WriterRow, ShareRow {
  mounts: { id: string; name: string; nfsClient: boolean; machine: string | null }[];
  node_name: string | null;
  node_state: NodeState | null;
  node_gone: boolean | null;
  service_name: string | null;
  users: VolumeUser[];
  total: number;
}

const named = `jsonb_build_array(jsonb_build_object('kind', 'volume', 'volume', v.name, 'perInstance', false))`;

/** Of a volume `v`: definitions that name it, containers that mount it, lone ones that wait for a node too. */
const usersOf = `
  SELECT 'service' AS kind, s.id, s.name FROM service s
   WHERE v.instance IS NULL AND s.project_id = v.project_id AND s.destroyed_at IS NULL AND s.spec #> '{template,mounts}' @> ${named}
  UNION
  SELECT 'container', c.id, c.name FROM container c
   WHERE v.instance IS NULL AND c.project_id = v.project_id AND c.service_id IS NULL AND c.removed_at IS NULL AND c.template -> 'mounts' @> ${named}
  UNION
  SELECT CASE WHEN s.id IS NULL OR v.instance IS NOT NULL THEN 'container' ELSE 'service' END,
         CASE WHEN s.id IS NULL OR v.instance IS NOT NULL THEN c.id ELSE s.id END,
         CASE WHEN s.id IS NULL OR v.instance IS NOT NULL THEN c.name ELSE s.name END
    FROM volume_mount m JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL LEFT JOIN service s ON s.id = c.service_id
   WHERE m.volume_id = v.id`;

export async function volumeUsers(sql: Sql, volumeId: string): Promise<VolumeUser[]> {
  return sql.query<VolumeUser & Record<string, unknown>>(
    'volume-users',
    `SELECT u.kind, u.id, u.name FROM volume v CROSS JOIN LATERAL (${usersOf}) u WHERE v.id = $1 ORDER BY u.name, u.id`,
    [volumeId],
  );
}

export async function volumeDetails(
  sql: Sql,
  projectId: string,
  { nameOrId, limit, offset }: { nameOrId?: string; limit: number; offset: number },
): Promise<{ rows: VolumeDetails[]; total: number }> {
  const id = nameOrId !== undefined && isId(nameOrId) ? nameOrId : null;
  const rows = await sql.query<DetailsRow>(
    'volume-details',
    `SELECT ${volumeColumns}, ${writerColumns}, ${shareColumns}, n.name AS node_name, n.state AS node_state, n.removed_at IS NOT NULL AS node_gone,
            s.name AS service_name,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'nfsClient', o.nfs_client, 'machine', o.machine) ORDER BY o.name, o.id), '[]')
               FROM node o WHERE v.share_id IS NOT NULL
                AND o.id IN (SELECT c.node_id FROM volume_mount m JOIN container c ON c.id = m.container_id AND c.removed_at IS NULL WHERE m.volume_id = v.id)) AS mounts,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', u.kind, 'id', u.id, 'name', u.name) ORDER BY u.name, u.id), '[]')
               FROM (${usersOf}) u) AS users
       FROM volume v ${writerJoin} ${shareJoin} LEFT JOIN node n ON n.id = v.node_id LEFT JOIN service s ON s.id = v.service_id
      WHERE v.project_id = $1 AND ($2::text IS NULL OR v.name = $2 OR v.id = $3)
      ORDER BY (v.id = $3) DESC NULLS LAST, v.created_at, v.id LIMIT $4 OFFSET $5`,
    [projectId, nameOrId ?? null, id, limit, offset],
  );
  const row = await sql.first<{ total: number }>(
    'volume-count-all',
    `SELECT count(*) AS total FROM volume WHERE project_id = $1`,
    [projectId],
  );
  return { rows: rows.map(toDetails), total: row?.total ?? 0 };
}

const toDetails = (row: DetailsRow): VolumeDetails => withState(toHeld(row), row);

const withState = (held: HeldVolume, row: DetailsRow): VolumeDetails => ({
  ...held,
  state: held.driver === 'share' ? stateOnShare(held.share) : stateOf(row, row.node_gone),
  mounts: row.mounts.map(({ id: nodeId, name: nodeName, ...place }) => ({
    nodeId,
    nodeName,
    ...shareMountOf({ nodeId, ...place }, { nodeId: '', machine: null, ...held.share }),
  })),
  nodeName: row.node_name,
  nodeState: row.node_state,
  serviceName: row.service_name,
  users: row.users,
});

/** It is there when its share is. */
const stateOnShare = (share: HeldShare | null): VolumeState => {
  if (share === null || share.nodeGone) return 'lost';
  return share.state === 'ready' ? 'ready' : 'unreachable';
};

function stateOf(
  { node_id, node_state }: { node_id: string | null; node_state: NodeState | null },
  gone: boolean | null,
): VolumeState {
  if (node_id === null) return 'unplaced';
  if (gone || node_state === null || node_state === 'removed') return 'lost';
  return node_state === 'lost' || node_state === 'unreachable' ? 'unreachable' : 'ready';
}
