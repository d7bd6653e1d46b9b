import type { MigrationInterface, QueryRunner } from 'typeorm';
import { tenantTable } from '../libs/store/migration/tenancy.js';

/** What the registry last had under the images of services that are redeployed when it changes. */
export class ImageWatches1764900000000 implements MigrationInterface {
  name = 'ImageWatches1764900000000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `CREATE TABLE image_watch (
         organization_id uuid NOT NULL, project_id uuid NOT NULL, image text NOT NULL, digest text,
         failures integer NOT NULL DEFAULT 0, message text, look_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT image_watch_pkey PRIMARY KEY (project_id, image),
         CONSTRAINT image_watch_project_fkey FOREIGN KEY (project_id, organization_id)
           REFERENCES project (id, organization_id) ON DELETE CASCADE)`,
    );
    await q.query(`CREATE INDEX image_watch_look_at_idx ON image_watch (look_at)`);
    await tenantTable(q, 'image_watch');
  }

  async down(q: QueryRunner): Promise<void> {
    await q.query(`DROP TABLE image_watch`);
  }
}
