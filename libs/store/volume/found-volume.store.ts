import type { Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { volumeEvent } from '#libs/core/volume/container-volumes.js';
import { newVolume } from '#libs/core/volume/new-volume.js';
import type { NodeStorageReport } from '#libs/core/volume/storage-directory.port.js';
import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';
import { instanceOf, unnamedVolumeName } from '#libs/domain/volume/instance-volume.js';
import { derivedId } from '#libs/platform/id.js';
import type { Sql } from '../connection/sql.js';

interface OwnerRow {
  set_id: string;
  organization_id: string;
  project_id: string;
  service_id: string;
  service_name: string;
  strategy: string;
  ordinal: number;
  epoch: number;
  container_ids: string[];
}

/**
 * Volumes that a node made for paths of images. Each belongs to the instance whose container on that node has the set
 * it names; what no container there accounts for is not believed, nor an id that is not made of set and path.
 */
export async function storeFoundVolumes(
  tx: Transaction,
  sql: Sql,
  nodeId: string,
  found: NodeStorageReport['found'],
): Promise<void> {
  const honest = found.filter(({ volumeId, volumeSet, target }) => volumeId === derivedId(volumeSet, target));
  const known = await sql.query<{ id: string }>(
    'volume-found-known',
    `SELECT id FROM volume WHERE id = ANY($1::uuid[])`,
    [honest.map(({ volumeId }) => volumeId)],
  );
  const present = new Set(known.map(({ id }) => id));
  const owners = await ownersOf(sql, nodeId, [...new Set(honest.map(({ volumeSet }) => volumeSet))]);
  const made: VolumeRecord[] = [];
  const mounts: { container_id: string; organization_id: string; target: string; volume_id: string }[] = [];
  for (const { volumeId, volumeSet, target } of honest) {
    const owner = owners.get(volumeSet);
    if (!owner) continue;
    if (!present.has(volumeId)) made.push(volumeOf(owner, nodeId, volumeId, target));
    for (const container_id of owner.container_ids)
      mounts.push({ container_id, organization_id: owner.organization_id, target, volume_id: volumeId });
  }
  if (made.length) {
    const inserted = new Set(await tx.volumes.insertNew(made));
    await tx.events.append(made.filter(({ id }) => inserted.has(id)).map((volume) => volumeEvent(volume, 'create')));
  }
  if (mounts.length) {
    await sql.query(
      'volume-found-mounts',
      `INSERT INTO volume_mount (container_id, target, organization_id, volume_id)
       SELECT r.container_id, r.target, r.organization_id, r.volume_id
         FROM jsonb_to_recordset($1::jsonb) AS r (container_id uuid, organization_id uuid, target text, volume_id uuid)
         JOIN volume v ON v.id = r.volume_id AND v.organization_id = r.organization_id
       ON CONFLICT DO NOTHING`,
      [JSON.stringify(mounts)],
    );
  }
}

/** The newest container of each set decides; all that live have its volumes. */
async function ownersOf(sql: Sql, nodeId: string, sets: string[]): Promise<Map<string, OwnerRow>> {
  const rows = await sql.query<OwnerRow>(
    'volume-found-owners',
    `SELECT coalesce(c.volume_set, c.id) AS set_id, c.organization_id, c.project_id, c.service_id, s.name AS service_name,
            s.spec #>> '{placement,strategy}' AS strategy, (array_agg(c.ordinal ORDER BY c.created_at DESC))[1] AS ordinal,
            (array_agg(r.volume_epoch ORDER BY c.created_at DESC))[1] AS epoch, array_agg(c.id) AS container_ids
       FROM container c JOIN service s ON s.id = c.service_id AND s.destroyed_at IS NULL
       JOIN revision r ON r.service_id = c.service_id AND r.number = c.revision
      WHERE c.node_id = $1 AND c.removed_at IS NULL AND coalesce(c.volume_set, c.id) = ANY($2::uuid[])
      GROUP BY 1, 2, 3, 4, 5, 6`,
    [nodeId, sets],
  );
  return new Map(rows.map((row) => [row.set_id, row]));
}

function volumeOf(owner: OwnerRow, nodeId: string, id: string, target: string): VolumeRecord {
  const instance = instanceOf(owner.strategy, owner.ordinal, nodeId);
  const place = { organizationId: owner.organization_id, projectId: owner.project_id };
  return newVolume(place, unnamedVolumeName(owner.service_name, instance, id), new Date(), {
    id,
    owner: 'instance',
    serviceId: owner.service_id,
    instance,
    mountKey: target,
    setId: owner.set_id,
    epoch: owner.epoch,
    nodeId,
  });
}
