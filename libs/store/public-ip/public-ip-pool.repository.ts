import type {
  PublicIpPoolDetails,
  PublicIpPoolRecord,
  PublicIpPoolRepository,
  PublicIpRecord,
} from '#libs/core/public-ip/public-ip.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';

const details = `
  SELECT o.id, o.name, host(o.first) AS first, host(o.last) AS last, o.node_cluster_id AS "nodeClusterId",
         o.created_at AS "createdAt", (o.last - o.first + 1) AS size,
         (SELECT count(*) FROM public_ip p WHERE p.pool_id = o.id) AS used,
         (SELECT count(*) FROM public_ip_rest r WHERE r.pool_id = o.id AND r.released_at > $1) AS resting,
         count(*) OVER () AS total
    FROM public_ip_pool o`;
type PoolRow = PublicIpPoolDetails & { total: number };

/** Others may take the same address at the same moment; each try sees what they took. */
const attempts = 8;

export class PostgresPublicIpPoolRepository implements PublicIpPoolRepository {
  constructor(private readonly sql: Sql) {}

  async list(limit: number, offset: number, restedBefore: Date) {
    const rows = await this.sql.query<PoolRow & Record<string, unknown>>(
      'public-ip-pool-list',
      `${details} ORDER BY o.name LIMIT $2 OFFSET $3`,
      [restedBefore, limit, offset],
    );
    return { rows: rows.map(withoutTotal), total: rows[0]?.total ?? 0 };
  }

  async get(id: string, restedBefore: Date): Promise<PublicIpPoolDetails | null> {
    const row = await this.sql.first<PoolRow & Record<string, unknown>>(
      'public-ip-pool-get',
      `${details} WHERE o.id = $2`,
      [restedBefore, id],
    );
    return row && withoutTotal(row);
  }

  async insert(pool: PublicIpPoolRecord): Promise<void> {
    // Ranges are compared with one another, so nobody else may add one meanwhile.
    await this.sql.query('public-ip-pool-hold', `LOCK TABLE public_ip_pool IN SHARE ROW EXCLUSIVE MODE`);
    const other = await this.sql.first<{ name: string }>(
      'public-ip-pool-overlap',
      `SELECT name FROM public_ip_pool WHERE name = $3 OR (first <= $2::inet AND last >= $1::inet) LIMIT 1`,
      [pool.first, pool.last, pool.name],
    );
    if (other) {
      const sentence =
        other.name === pool.name
          ? `name: there is a pool "${pool.name}" already.`
          : `The pool "${other.name}" has addresses between ${pool.first} and ${pool.last}.`;
      throw new DomainError('conflict', sentence, { field: other.name === pool.name ? 'name' : 'first' });
    }
    await this.sql.query(
      'public-ip-pool-insert',
      `INSERT INTO public_ip_pool (id, name, first, last, node_cluster_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
      [pool.id, pool.name, pool.first, pool.last, pool.nodeClusterId, pool.createdAt],
    );
  }

  async delete(id: string): Promise<boolean> {
    const deleted = await this.sql.count(
      'public-ip-pool-delete',
      `DELETE FROM public_ip_pool o WHERE o.id = $1 AND NOT EXISTS (SELECT FROM public_ip p WHERE p.pool_id = o.id)`,
      [id],
    );
    return deleted > 0;
  }

  async take(
    ip: Omit<PublicIpRecord, 'address' | 'poolId'>,
    poolId: string | null,
    restedBefore: Date,
  ): Promise<{ address: string; poolId: string } | null> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const free = await this.sql.first<{ address: string; pool_id: string }>(
        'public-ip-free',
        `SELECT host(o.first + f.step) AS address, o.id AS pool_id
           FROM public_ip_pool o CROSS JOIN LATERAL generate_series(0, o.last - o.first) AS f (step)
           LEFT JOIN public_ip_rest r ON r.address = o.first + f.step
          WHERE ($1::uuid IS NULL OR o.id = $1) AND (r.address IS NULL OR r.released_at <= $2)
            AND NOT EXISTS (SELECT FROM public_ip p WHERE p.address = o.first + f.step)
          ORDER BY r.released_at NULLS FIRST, o.first + f.step OFFSET $3 LIMIT 1`,
        [poolId, restedBefore, attempt],
      );
      if (!free) return null;
      const given = await this.sql.count(
        'public-ip-give',
        `INSERT INTO public_ip (id, organization_id, project_id, pool_id, pool_name, address, created_at)
         SELECT $1, $2, $3, o.id, o.name, $5, $6 FROM public_ip_pool o WHERE o.id = $4 ON CONFLICT (address) DO NOTHING`,
        [ip.id, ip.organizationId, ip.projectId, free.pool_id, free.address, ip.createdAt],
      );
      if (given === 0) continue;
      await this.sql.query('public-ip-rested', `DELETE FROM public_ip_rest WHERE address = $1`, [free.address]);
      return { address: free.address, poolId: free.pool_id };
    }
    throw new DomainError('stale', 'Others took the same addresses meanwhile; ask again.');
  }

  async rest(address: string, poolId: string, at: Date): Promise<void> {
    await this.sql.query(
      'public-ip-rest',
      `INSERT INTO public_ip_rest (address, pool_id, released_at) VALUES ($1, $2, $3)
       ON CONFLICT (address) DO UPDATE SET released_at = excluded.released_at`,
      [address, poolId, at],
    );
  }
}

const withoutTotal = ({ total: _total, ...row }: PoolRow): PublicIpPoolDetails => row;
