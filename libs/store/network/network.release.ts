import type { Sql } from '../connection/sql.js';

/**
 * A slot that will not be filled again: its service ends, another container has an address for it, or the service has
 * as many slots as it wants without it. What every-node keeps depends on nodes, which come back. `l` is the lease.
 */
const slotHasAnother = `EXISTS (
  SELECT FROM network_lease o JOIN container h ON h.id = o.container_id AND h.removed_at IS NULL
   WHERE o.service_id = l.service_id AND o.ordinal = l.ordinal AND o.address <> l.address)`;
/** Counts no further than it has to: a service that was scaled down is asked for each of its containers that goes. */
const mayFillSlots = `s.destroyed_at IS NULL AND s.intent <> 'terminated'
  AND (s.spec #>> '{placement,strategy}' = 'every-node'
       OR s.replicas > (SELECT count(*) FROM (
            SELECT DISTINCT c.ordinal FROM container c
             WHERE c.service_id = s.id AND c.removed_at IS NULL AND c.desired <> 'removed' LIMIT s.replicas) filled))`;
const slotIsOver = `(${slotHasAnother}
  OR NOT EXISTS (SELECT FROM service s WHERE s.id = l.service_id AND ${mayFillSlots}))`;

/** After these containers were seen removed: their addresses go back, except those that wait for their slots' next. */
export async function releaseAddresses(sql: Sql, containerIds: string[]): Promise<void> {
  await sql.query(
    'network-release',
    `WITH given AS (SELECT project_id, address, service_id, ordinal FROM network_lease WHERE container_id = ANY($1::uuid[])),
     short AS (
       SELECT s.id FROM service s
        WHERE s.id IN (SELECT service_id FROM given) AND ${mayFillSlots})
     DELETE FROM network_lease l USING given g
      WHERE l.project_id = g.project_id AND l.address = g.address AND l.container_id = ANY($1::uuid[])
        AND (g.service_id IS NULL OR g.service_id NOT IN (SELECT id FROM short) OR ${slotHasAnother})`,
    [containerIds],
  );
}

/**
 * What nobody released: slots that were scaled away while they were empty, nodes that are gone. Holders are named again
 * when deleting, so that an address that was taken over between the two statements stays.
 */
export async function sweepLeases(sql: Sql): Promise<number> {
  const over = await sql.query<{ address: string; project_id: string; container_id: string | null }>(
    'network-sweep-find',
    `SELECT l.project_id, host(l.address) AS address, l.container_id
       FROM network_lease l LEFT JOIN container h ON h.id = l.container_id
      WHERE l.node_id IS NULL AND (h.id IS NULL OR h.removed_at IS NOT NULL) AND (l.service_id IS NULL OR ${slotIsOver})`,
  );
  const slots = await sql.count(
    'network-sweep',
    `DELETE FROM network_lease l
      USING jsonb_to_recordset($1::jsonb) AS r (project_id uuid, address inet, container_id uuid)
      WHERE l.project_id = r.project_id AND l.address = r.address AND l.container_id IS NOT DISTINCT FROM r.container_id`,
    [JSON.stringify(over)],
  );
  const nodes = await sql.count(
    'network-sweep-nodes',
    `DELETE FROM network_lease l USING node n WHERE n.id = l.node_id AND n.removed_at IS NOT NULL`,
  );
  return slots + nodes;
}
