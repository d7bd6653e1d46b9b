import type { MemberDetails, NetworkNodeDetails, PoolNetwork } from '#libs/core/network/network.repository.port.js';
import type { Sql } from '../connection/sql.js';

const page = <T extends { total?: number }>(rows: T[], total: number) => ({
  rows: rows.map(({ total: _, ...row }) => row as Omit<T, 'total'>),
  total,
});

/** Pages beyond the end need a count of their own. */
async function counted(sql: Sql, rows: { total: number }[], offset: number, count: string, values: unknown[]) {
  if (rows[0] || !offset) return rows[0]?.total ?? 0;
  return (await sql.vary<{ total: number }>(count, values))[0]?.total ?? 0;
}

export const nodesOfNetwork = (sql: Sql, projectId: string): Promise<NetworkNodeDetails[]> =>
  sql.query<NetworkNodeDetails & Record<string, unknown>>(
    'network-nodes',
    `SELECT n.id, n.name, n.overlay, host(l.address) AS address, CASE WHEN n.overlay THEN n.network_behind_since END AS "behindSince"
       FROM node n LEFT JOIN network_lease l ON l.project_id = $1 AND l.node_id = n.id
      WHERE n.removed_at IS NULL AND EXISTS (
        SELECT FROM container c WHERE c.project_id = $1 AND c.node_id = n.id AND c.removed_at IS NULL AND c.private_address IS NOT NULL)
      ORDER BY n.name, n.id`,
    [projectId],
  );

export async function membersOfNetwork(
  sql: Sql,
  projectId: string,
  limit: number,
  offset: number,
): Promise<{ rows: MemberDetails[]; total: number }> {
  const rows = await sql.query<MemberDetails & { total: number }>(
    'network-members',
    `SELECT host(l.address) AS address, count(*) OVER () AS total,
            CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'name', c.name, 'state', c.state, 'health', c.health) END AS container,
            CASE WHEN s.id IS NOT NULL THEN json_build_object('id', s.id, 'name', s.name, 'ordinal', l.ordinal) END AS service,
            CASE WHEN k.id IS NOT NULL THEN json_build_object('id', k.id, 'name', k.name) END AS stack,
            CASE WHEN n.id IS NOT NULL THEN json_build_object('id', n.id, 'name', n.name) END AS node
       FROM network_lease l
       LEFT JOIN container c ON c.id = l.container_id AND c.removed_at IS NULL
       LEFT JOIN service s ON s.id = l.service_id LEFT JOIN stack k ON k.id = s.stack_id LEFT JOIN node n ON n.id = c.node_id
      WHERE l.project_id = $1 AND l.node_id IS NULL ORDER BY l.address LIMIT $2 OFFSET $3`,
    [projectId, limit, offset],
  );
  const count = `SELECT count(*) AS total FROM network_lease WHERE project_id = $1 AND node_id IS NULL`;
  return page(rows, await counted(sql, rows, offset, count, [projectId]));
}

export async function networksOfPool(
  sql: Sql,
  limit: number,
  offset: number,
): Promise<{ rows: PoolNetwork[]; total: number }> {
  const rows = await sql.query<PoolNetwork & { total: number }>(
    'network-pool',
    `SELECT n.range, n.vni, n.created_at AS "createdAt", count(*) OVER () AS total,
            json_build_object('id', p.id, 'namespace', p.namespace) AS project,
            json_build_object('id', o.id, 'name', o.name) AS organization,
            (SELECT count(*) FROM network_lease l WHERE l.project_id = n.project_id) AS addresses
       FROM network n JOIN project p ON p.id = n.project_id JOIN organization o ON o.id = n.organization_id
      ORDER BY n.range LIMIT $1 OFFSET $2`,
    [limit, offset],
  );
  return page(rows, await counted(sql, rows, offset, `SELECT count(*) AS total FROM network`, []));
}
