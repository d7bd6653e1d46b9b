import type { MigrationInterface, QueryRunner } from 'typeorm';
import { platformTable, tenantTable } from '../libs/store/migration/tenancy.js';

/**
 * Each project's private network, who has which of its addresses, and how far nodes are with them. Ranges of two
 * projects cannot overlap, whatever pool they were cut from.
 */
export class PrivateNetworks1764100000000 implements MigrationInterface {
  name = 'PrivateNetworks1764100000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `CREATE TABLE network (
         project_id uuid NOT NULL, organization_id uuid NOT NULL, range cidr NOT NULL, vni integer NOT NULL,
         created_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT network_pkey PRIMARY KEY (project_id), CONSTRAINT network_vni_key UNIQUE (vni),
         CONSTRAINT network_tenant_key UNIQUE (project_id, organization_id),
         CONSTRAINT network_range_excl EXCLUDE USING gist (range inet_ops WITH &&),
         CONSTRAINT network_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id) ON DELETE CASCADE)`,
    );
    // A holder is a container, which may be gone: its slot keeps the address.
    await q.query(
      `CREATE TABLE network_lease (
         project_id uuid NOT NULL, address inet NOT NULL, organization_id uuid NOT NULL, service_id uuid, ordinal integer,
         container_id uuid, node_id uuid, created_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT network_lease_pkey PRIMARY KEY (project_id, address),
         CONSTRAINT network_lease_network_fkey FOREIGN KEY (project_id, organization_id) REFERENCES network (project_id, organization_id) ON DELETE CASCADE,
         CONSTRAINT network_lease_service_fkey FOREIGN KEY (service_id, organization_id) REFERENCES service (id, organization_id) ON DELETE CASCADE,
         CONSTRAINT network_lease_node_fkey FOREIGN KEY (node_id) REFERENCES node (id) ON DELETE CASCADE)`,
    );
    await q.query(
      `CREATE UNIQUE INDEX network_lease_holder_key ON network_lease (container_id) WHERE container_id IS NOT NULL`,
    );
    await q.query(
      `CREATE UNIQUE INDEX network_lease_node_key ON network_lease (project_id, node_id) WHERE node_id IS NOT NULL`,
    );
    await q.query(
      `CREATE INDEX network_lease_slot_idx ON network_lease (service_id, ordinal) WHERE service_id IS NOT NULL`,
    );
    await q.query(
      `CREATE TABLE network_probe (
         node_id uuid NOT NULL, peer_id uuid NOT NULL, reachable boolean NOT NULL, round_trip_ms double precision, at timestamptz NOT NULL,
         CONSTRAINT network_probe_pkey PRIMARY KEY (node_id, peer_id),
         CONSTRAINT network_probe_node_fkey FOREIGN KEY (node_id) REFERENCES node (id) ON DELETE CASCADE,
         CONSTRAINT network_probe_peer_fkey FOREIGN KEY (peer_id) REFERENCES node (id) ON DELETE CASCADE)`,
    );
    await q.query(`ALTER TABLE container ADD COLUMN private_address inet`);
    await q.query(
      `ALTER TABLE node ADD COLUMN network_behind_since timestamptz, ADD COLUMN network_problems text[] NOT NULL DEFAULT '{}'`,
    );
    // Followers of all organizations read behind a cursor.
    await q.query(`CREATE INDEX event_feed_idx ON event (transaction_id, id)`);
    await tenantTable(q, 'network');
    await tenantTable(q, 'network_lease');
    await platformTable(q, 'network_probe');
    // Between two nodes that the tenant sees: its own and the shared pool's.
    const seen = (column: string) =>
      `EXISTS (SELECT FROM node n WHERE n.id = ${column} AND (n.organization_id IS NULL
         OR n.organization_id = nullif(current_setting('pierhead.organization_id', true), '')::uuid))`;
    await q.query(`GRANT SELECT ON network_probe TO pierhead_tenant`);
    await q.query(
      `CREATE POLICY "tenant" ON network_probe FOR SELECT TO pierhead_tenant USING (${seen('node_id')} AND ${seen('peer_id')})`,
    );
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP INDEX event_feed_idx`);
    await q.query(`ALTER TABLE node DROP COLUMN network_behind_since, DROP COLUMN network_problems`);
    await q.query(`ALTER TABLE container DROP COLUMN private_address`);
    for (const table of ['network_probe', 'network_lease', 'network']) await q.query(`DROP TABLE ${table}`);
  }
}
