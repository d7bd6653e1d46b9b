import type { MigrationInterface, QueryRunner } from 'typeorm';
import { platformTable, tenantTable } from '../libs/store/migration/tenancy.js';

/** Addresses of the outside: pools of them, whose they are, and which rest before they are given out again. */
export class PublicIps1764700000000 implements MigrationInterface {
  name = 'PublicIps1764700000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `CREATE TABLE public_ip_pool (
         id uuid NOT NULL, name text NOT NULL, first inet NOT NULL, last inet NOT NULL, node_cluster_id uuid,
         created_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT public_ip_pool_pkey PRIMARY KEY (id), CONSTRAINT public_ip_pool_name_key UNIQUE (name),
         CONSTRAINT public_ip_pool_node_cluster_fkey FOREIGN KEY (node_cluster_id) REFERENCES node_cluster (id))`,
    );
    await q.query(
      `CREATE TABLE public_ip (
         id uuid NOT NULL, organization_id uuid NOT NULL, project_id uuid NOT NULL, pool_id uuid NOT NULL,
         pool_name text NOT NULL, address inet NOT NULL, service_id uuid, ordinal integer, container_id uuid, all_ports boolean NOT NULL DEFAULT true,
         created_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT public_ip_pkey PRIMARY KEY (id), CONSTRAINT public_ip_address_key UNIQUE (address),
         CONSTRAINT public_ip_pool_fkey FOREIGN KEY (pool_id) REFERENCES public_ip_pool (id),
         CONSTRAINT public_ip_project_fkey FOREIGN KEY (project_id, organization_id) REFERENCES project (id, organization_id),
         CONSTRAINT public_ip_service_fkey FOREIGN KEY (service_id, organization_id)
           REFERENCES service (id, organization_id))`,
    );
    await q.query(`CREATE INDEX public_ip_project_idx ON public_ip (project_id, created_at, id)`);
    await q.query(
      `CREATE TABLE public_ip_rest (
         address inet NOT NULL, pool_id uuid NOT NULL, released_at timestamptz NOT NULL,
         CONSTRAINT public_ip_rest_pkey PRIMARY KEY (address),
         CONSTRAINT public_ip_rest_pool_fkey FOREIGN KEY (pool_id) REFERENCES public_ip_pool (id) ON DELETE CASCADE)`,
    );
    await tenantTable(q, 'public_ip');
    for (const table of ['public_ip_pool', 'public_ip_rest']) await platformTable(q, table);
  }

  async down(q: QueryRunner): Promise<void> {
    for (const table of ['public_ip_rest', 'public_ip', 'public_ip_pool']) await q.query(`DROP TABLE ${table}`);
  }
}
