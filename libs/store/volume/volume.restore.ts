import { DomainError } from '#libs/domain/error.js';
import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import { newId } from '#libs/platform/id.js';
import type { Sql } from '../connection/sql.js';

/** A container `c` runs or may begin to, as far as anybody knows; what was on a node that is out of the platform does not. */
const mayRun = `c.removed_at IS NULL AND (c.desired = 'running' OR c.state IN ('pulling', 'starting', 'running', 'stopping'))
  AND NOT EXISTS (SELECT FROM node n WHERE n.id = c.node_id AND n.removed_at IS NOT NULL)`;

export async function lockRunning(sql: Sql, volumeId: string): Promise<string[]> {
  // Rows first: what is read before a row is held may be old when it is.
  const mounting = await sql.query<{ id: string; service_id: string | null }>(
    'volume-lock-mounting',
    `SELECT c.id, c.service_id FROM container c
      WHERE c.removed_at IS NULL AND c.id IN (SELECT m.container_id FROM volume_mount m WHERE m.volume_id = $1)
      ORDER BY c.id FOR UPDATE`,
    [volumeId],
  );
  const rows = await sql.query<{ name: string }>(
    'volume-running',
    `SELECT DISTINCT c.name FROM container c
       LEFT JOIN service s ON s.id = c.service_id
      WHERE ${mayRun} AND (c.id = ANY($1::uuid[]) OR EXISTS (
        SELECT FROM unnest($2::text[]) AS lender (id) WHERE s.spec -> 'volumesFrom' ? lender.id))
      ORDER BY c.name`,
    [mounting.map(({ id }) => id), mounting.flatMap(({ service_id: id }) => id ?? [])],
  );
  return rows.map(({ name }) => name);
}

export async function replaceData(sql: Sql, volume: VolumeRecord, nodeId: string, engineName: string): Promise<void> {
  const before = await sql.first<{ node_id: string | null; engine_name: string | null }>(
    'volume-data-before',
    `SELECT node_id, engine_name FROM volume WHERE id = $1 AND row_version = $2 FOR UPDATE`,
    [volume.id, volume.rowVersion],
  );
  if (!before) throw new DomainError('stale', `Volume "${volume.name}" was changed meanwhile; try again.`);
  await sql.query(
    'volume-replace-data',
    `UPDATE volume SET node_id = $2, engine_name = $3, used_bytes = NULL, used_at = NULL, row_version = row_version + 1 WHERE id = $1`,
    [volume.id, nodeId, engineName],
  );
  volume.nodeId = nodeId;
  volume.rowVersion += 1;
  const { node_id: node, engine_name: name } = before;
  if (node !== null) await discard(sql, volume, node, name ?? engineVolumeName(node, volume.id));
}

/** Under an id of its own, as the volume itself may live on. */
export async function discard(
  sql: Sql,
  { organizationId, projectId }: { organizationId: string; projectId: string },
  nodeId: string,
  engineName: string,
): Promise<void> {
  await sql.query(
    'volume-discard',
    `INSERT INTO volume_removal (volume_id, organization_id, project_id, node_id, engine_name) VALUES ($1, $2, $3, $4, $5)`,
    [newId(), organizationId, projectId, nodeId, engineName],
  );
}
