import type { LeaseRepository } from '#libs/core/certificate/certificate.repository.port.js';
import type { Sql } from '../connection/sql.js';

export class PostgresLeaseRepository implements LeaseRepository {
  constructor(private readonly sql: Sql) {}

  async take(name: string, holder: string, milliseconds: number): Promise<boolean> {
    const taken = await this.sql.count(
      'lease-take',
      `INSERT INTO platform_lease AS l (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3::integer * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE l.holder = excluded.holder OR l.until <= clock_timestamp()`,
      [name, holder, milliseconds],
    );
    return taken > 0;
  }

  async release(name: string, holder: string): Promise<void> {
    await this.sql.query('lease-release', `DELETE FROM platform_lease WHERE name = $1 AND holder = $2`, [name, holder]);
  }
}
