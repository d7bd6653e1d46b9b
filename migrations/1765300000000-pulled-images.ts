import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantTable } from '../libs/store/migration/tenancy.js';

/** What a registry had under a service’s image when it was last pulled without replacing containers. */
export class PulledImages1765300000000 implements MigrationInterface {
  name = 'PulledImages1765300000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `CREATE TABLE pulled_image (
         service_id uuid NOT NULL, organization_id uuid NOT NULL, image text NOT NULL, digest text NOT NULL,
         pulled_at timestamptz NOT NULL,
         CONSTRAINT pulled_image_pkey PRIMARY KEY (service_id),
         CONSTRAINT pulled_image_service_fkey FOREIGN KEY (service_id, organization_id)
           REFERENCES service (id, organization_id) ON DELETE CASCADE)`,
    );
    await tenantTable(q, 'pulled_image');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP TABLE pulled_image`);
  }
}
