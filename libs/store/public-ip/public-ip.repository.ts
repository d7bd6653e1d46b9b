import type {
  PublicIpDetails,
  PublicIpRecord,
  PublicIpRepository,
  PublicIpTarget,
} from '#libs/core/public-ip/public-ip.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';

const columns = `p.id, p.organization_id AS "organizationId", p.project_id AS "projectId", p.pool_id AS "poolId",
  host(p.address) AS address, p.service_id AS "serviceId", p.ordinal, p.container_id AS "containerId",
  p.all_ports AS "allPorts", p.created_at AS "createdAt"`;

/** The one of a slot that answers, or is the newest, when a rollout has two of them. */
export const boundContainer = `
  SELECT c.* FROM container c
   WHERE c.removed_at IS NULL AND c.desired <> 'removed' AND c.state <> 'lost'
     AND (c.id = p.container_id OR (c.service_id = p.service_id AND c.ordinal = p.ordinal))
   ORDER BY c.state = 'running' DESC, c.desired = 'running' DESC, c.created_at DESC LIMIT 1`;

const details = `
  SELECT ${columns}, p.pool_name AS "poolName",
         CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'name', c.name, 'nodeId', c.node_id) END AS container
    FROM public_ip p
    LEFT JOIN LATERAL (${boundContainer}) c ON true`;

export class PostgresPublicIpRepository implements PublicIpRepository {
  constructor(private readonly sql: Sql) {}

  get(projectId: string, id: string): Promise<PublicIpDetails | null> {
    return this.sql.first<PublicIpDetails & Record<string, unknown>>(
      'public-ip-get',
      `${details} WHERE p.project_id = $1 AND p.id = $2`,
      [projectId, id],
    );
  }

  lock(projectId: string, id: string): Promise<PublicIpRecord | null> {
    return this.sql.first<PublicIpRecord & Record<string, unknown>>(
      'public-ip-lock',
      `SELECT ${columns} FROM public_ip p WHERE p.project_id = $1 AND p.id = $2 FOR UPDATE`,
      [projectId, id],
    );
  }

  async list(
    projectId: string,
    filter: { bound?: boolean | undefined; limit: number; offset: number },
  ): Promise<{ rows: PublicIpDetails[]; total: number }> {
    const where = new Where().add('p.project_id = ?', projectId).add('(c.id IS NOT NULL) = ?', filter.bound);
    const page = `LIMIT ${where.value(filter.limit)} OFFSET ${where.value(filter.offset)}`;
    const rows = await this.sql.vary<PublicIpDetails & { total: number }>(
      `SELECT listed.*, count(*) OVER () AS total FROM (${details} ${where.text}) listed
        ORDER BY "createdAt", id ${page}`,
      where.values,
    );
    return { rows: rows.map(({ total: _total, ...row }) => row), total: rows[0]?.total ?? 0 };
  }

  async bind(id: string, target: PublicIpTarget | null): Promise<void> {
    await this.sql.query(
      'public-ip-bind',
      `UPDATE public_ip SET service_id = $2, ordinal = $3, container_id = $4, all_ports = $5 WHERE id = $1`,
      [id, target?.serviceId ?? null, target?.ordinal ?? null, target?.containerId ?? null, target?.allPorts ?? true],
    );
  }

  async delete(id: string): Promise<void> {
    await this.sql.query('public-ip-delete', `DELETE FROM public_ip WHERE id = $1`, [id]);
  }

  async unbindService(serviceId: string): Promise<void> {
    await this.sql.query(
      'public-ip-unbind-service',
      `UPDATE public_ip SET service_id = NULL, ordinal = NULL, all_ports = true WHERE service_id = $1`,
      [serviceId],
    );
  }
}
