import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Two answers that take all tenants’ rows, for tenants who see only their own: whether a name is proven to be theirs,
 * and which port of the edges is free.
 */
export class HostOwners1764210000000 implements MigrationInterface {
  name = 'HostOwners1764210000000';

  async up(q: QueryRunner): Promise<void> {
    // The owner runs the functions, and need not be a superuser.
    for (const table of ['domain', 'route']) {
      await q.query(`CREATE POLICY "owner" ON ${table} TO CURRENT_USER USING (true) WITH CHECK (true)`);
    }
    await q.query(
      `CREATE FUNCTION owner_of_host(names text[]) RETURNS TABLE (name text, mine boolean)
       LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
         SELECT d.name, d.organization_id = nullif(current_setting('pierhead.organization_id', true), '')::uuid
           FROM domain d WHERE d.verified_at IS NOT NULL AND d.name = ANY(names) ORDER BY length(d.name) DESC LIMIT 1 $$`,
    );
    await q.query(
      `CREATE FUNCTION free_edge_port(lowest integer, highest integer) RETURNS integer
       LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
         SELECT port FROM generate_series(lowest, highest) AS port
          WHERE NOT EXISTS (SELECT FROM route r WHERE r.port = port.port) ORDER BY random() LIMIT 1 $$`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query('DROP FUNCTION free_edge_port(integer, integer)');
    await q.query('DROP FUNCTION owner_of_host(text[])');
    for (const table of ['domain', 'route']) await q.query(`DROP POLICY "owner" ON ${table}`);
  }
}
