import type {
  AddressRoom,
  AddressWish,
  MemberDetails,
  NetworkNodeDetails,
  NetworkRecord,
  NetworkRepository,
  PoolNetwork,
} from '#libs/core/network/network.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { membersOfNetwork, networksOfPool, nodesOfNetwork } from './network.details.js';

/** Any number, the same for everybody who gives out networks. */
const poolLock = 7_202_610;

/** Whose address is there to be taken: gone, ended, or on a node that is lost. */
const gaveUp = `(h.id IS NULL OR h.removed_at IS NOT NULL OR h.state IN ('exited', 'failed', 'removed', 'lost')
  OR hn.state IN ('lost', 'removed'))`;

/**
 * `room` counts the addresses for containers: all but the network's own, the gateway's, the last one, and the
 * sixteenth at the end that is left to nodes. libs/domain/network says the same.
 */
const part = `
  SELECT n.project_id, n.organization_id, n.range, s.size, s.size - 3 - greatest(1, s.size / 16) AS room
    FROM network n, LATERAL (SELECT (2 ^ (32 - masklen(n.range)))::bigint AS size) s WHERE n.project_id = $1`;

export class PostgresNetworkRepository implements NetworkRepository {
  constructor(private readonly sql: Sql) {}

  get(projectId: string): Promise<NetworkRecord | null> {
    return this.sql.first<NetworkRecord>(
      'network-get',
      `SELECT project_id AS "projectId", organization_id AS "organizationId", range, vni FROM network WHERE project_id = $1`,
      [projectId],
    );
  }

  async usage(projectId: string): Promise<{ used: number; nodes: NetworkNodeDetails[] }> {
    const row = await this.sql.first<{ used: number }>(
      'network-used',
      `SELECT count(*) AS used FROM network_lease WHERE project_id = $1 AND node_id IS NULL`,
      [projectId],
    );
    return { used: row?.used ?? 0, nodes: await nodesOfNetwork(this.sql, projectId) };
  }

  members(projectId: string, limit: number, offset: number): Promise<{ rows: MemberDetails[]; total: number }> {
    return membersOfNetwork(this.sql, projectId, limit, offset);
  }

  async ranges(): Promise<string[]> {
    const rows = await this.sql.query<{ range: string }>('network-ranges', `SELECT range FROM network`);
    return rows.map((row) => row.range);
  }

  list(limit: number, offset: number): Promise<{ rows: PoolNetwork[]; total: number }> {
    return networksOfPool(this.sql, limit, offset);
  }

  async holdAll(): Promise<NetworkRecord[]> {
    await this.sql.query('network-hold-pool', `SELECT pg_advisory_xact_lock($1)`, [poolLock]);
    return this.sql.query<NetworkRecord>(
      'network-all',
      `SELECT project_id AS "projectId", organization_id AS "organizationId", range, vni FROM network`,
    );
  }

  async insert(network: NetworkRecord): Promise<void> {
    await this.sql.query(
      'network-insert',
      `INSERT INTO network (project_id, organization_id, range, vni) VALUES ($1, $2, $3, $4)`,
      [network.projectId, network.organizationId, network.range, network.vni],
    );
  }

  /** What is free is looked for from the seed on and around; whoever inserts an address first has it. */
  async lease(projectId: string, wishes: AddressWish[], seed: number): Promise<Map<string, string>> {
    const rows = await this.sql.query<{ container_id: string; address: string }>(
      'network-lease',
      `WITH part AS (${part}),
       wish AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS r (container_id uuid, service_id uuid, ordinal integer)),
       left_over AS (
         SELECT DISTINCT ON (w.container_id) w.container_id, l.address
           FROM wish w JOIN network_lease l ON l.project_id = $1 AND l.service_id = w.service_id AND l.ordinal = w.ordinal
           LEFT JOIN container h ON h.id = l.container_id LEFT JOIN node hn ON hn.id = h.node_id
          WHERE ${gaveUp} ORDER BY w.container_id, l.address),
       taken AS (
         UPDATE network_lease l SET container_id = o.container_id FROM left_over o
          WHERE l.project_id = $1 AND l.address = o.address RETURNING l.container_id, l.address),
       fresh AS (
         SELECT w.*, row_number() OVER (ORDER BY w.ordinal, w.container_id) AS turn FROM wish w
          WHERE NOT EXISTS (SELECT FROM taken t WHERE t.container_id = w.container_id)),
       free AS (
         SELECT f.address, row_number() OVER () AS turn
           FROM (SELECT a.address
                   FROM (SELECT set_masklen(p.range::inet + 2 + (($3::bigint + generate_series(0, p.room - 1)) % p.room), 32) AS address
                           FROM part p) a
                  WHERE a.address NOT IN (SELECT l.address FROM network_lease l WHERE l.project_id = $1)
                  LIMIT (SELECT count(*) FROM fresh)) f),
       made AS (
         INSERT INTO network_lease (project_id, organization_id, address, service_id, ordinal, container_id)
         SELECT p.project_id, p.organization_id, f.address, w.service_id, CASE WHEN w.service_id IS NOT NULL THEN w.ordinal END, w.container_id
           FROM fresh w JOIN free f USING (turn) CROSS JOIN part p
         ON CONFLICT DO NOTHING RETURNING container_id, address)
       SELECT container_id, host(address) AS address FROM taken
       UNION ALL SELECT container_id, host(address) FROM made`,
      [
        projectId,
        JSON.stringify(
          wishes.map((wish) => ({
            container_id: wish.containerId,
            service_id: wish.serviceId,
            ordinal: wish.ordinal,
          })),
        ),
        seed,
      ],
    );
    return new Map(rows.map((row) => [row.container_id, row.address]));
  }

  room(projectId: string, serviceId: string | null): Promise<AddressRoom | null> {
    return this.sql.first<AddressRoom & Record<string, unknown>>(
      'network-room',
      `SELECT p.range,
              p.room - (SELECT count(*) FROM network_lease l
                         WHERE l.project_id = $1 AND l.address >= set_masklen(p.range::inet + 2, 32)
                           AND l.address < set_masklen(p.range::inet + 2 + p.room, 32)) AS free,
              ARRAY(SELECT DISTINCT l.ordinal FROM network_lease l
                      LEFT JOIN container h ON h.id = l.container_id LEFT JOIN node hn ON hn.id = h.node_id
                     WHERE l.service_id = $2 AND ${gaveUp} ORDER BY 1) AS held
         FROM (${part}) p`,
      [projectId, serviceId],
    );
  }

  async releaseService(serviceId: string): Promise<void> {
    await this.sql.query('network-release-service', `DELETE FROM network_lease WHERE service_id = $1`, [serviceId]);
  }
}
