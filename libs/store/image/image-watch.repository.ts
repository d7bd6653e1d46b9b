import type { ImageWatch, ImageWatchRepository } from '#libs/core/image/image-watch.repository.port.js';
import { repositoryOf, repositoryText, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import type { Sql } from '../connection/sql.js';

const columns = `organization_id AS "organizationId", project_id AS "projectId", image, digest, failures`;
const follows = `s.destroyed_at IS NULL AND s.intent = 'running' AND (s.spec -> 'autoredeploy')::boolean
  AND position('@' IN s.spec #>> '{template,image}') = 0`;

export class PostgresImageWatchRepository implements ImageWatchRepository {
  constructor(private readonly sql: Sql) {}

  async refresh(): Promise<void> {
    await this.sql.query(
      'image-watch-begin',
      `INSERT INTO image_watch (organization_id, project_id, image)
       SELECT DISTINCT s.organization_id, s.project_id, s.spec #>> '{template,image}' FROM service s WHERE ${follows}
       ON CONFLICT DO NOTHING`,
    );
    await this.sql.query(
      'image-watch-end',
      `DELETE FROM image_watch w WHERE NOT EXISTS (
         SELECT 1 FROM service s WHERE s.project_id = w.project_id AND s.spec #>> '{template,image}' = w.image AND ${follows})`,
    );
  }

  take(now: Date, until: Date, limit: number): Promise<ImageWatch[]> {
    return this.sql.query<ImageWatch & Record<string, unknown>>(
      'image-watch-take',
      `UPDATE image_watch w SET look_at = $2
         FROM (SELECT project_id, image FROM image_watch WHERE look_at <= $1 ORDER BY look_at LIMIT $3
                 FOR UPDATE SKIP LOCKED) due
        WHERE w.project_id = due.project_id AND w.image = due.image
       RETURNING w.organization_id AS "organizationId", w.project_id AS "projectId", w.image, w.digest, w.failures`,
      [now, until, limit],
    );
  }

  async note({ projectId, image, digest: before }: ImageWatch, digest: string, lookAt: Date): Promise<boolean> {
    const noted = await this.sql.count(
      'image-watch-note',
      `UPDATE image_watch SET digest = $4, failures = 0, message = NULL, look_at = $5
        WHERE project_id = $1 AND image = $2 AND digest IS NOT DISTINCT FROM $3`,
      [projectId, image, before, digest, lookAt],
    );
    return noted > 0;
  }

  async noteFailure({ projectId, image }: ImageWatch, message: string, lookAt: Date): Promise<void> {
    await this.sql.query(
      'image-watch-note-failure',
      `UPDATE image_watch SET failures = failures + 1, message = $3, look_at = $4 WHERE project_id = $1 AND image = $2`,
      [projectId, image, message, lookAt],
    );
  }

  async hint(projectId: string, repositories: RepositoryName[]): Promise<number> {
    const wanted = new Set(repositories.map(repositoryText));
    const watched = await this.sql.query<ImageWatch & Record<string, unknown>>(
      'image-watch-of-project',
      `SELECT ${columns} FROM image_watch WHERE project_id = $1`,
      [projectId],
    );
    const images = watched.map(({ image }) => image).filter((image) => wanted.has(repositoryText(repositoryOf(image))));
    return this.sql.count(
      'image-watch-hint',
      `UPDATE image_watch SET look_at = now() WHERE project_id = $1 AND image = ANY($2::text[])`,
      [projectId, images],
    );
  }

  async services({ projectId, image }: ImageWatch): Promise<string[]> {
    const rows = await this.sql.query<{ id: string }>(
      'image-watch-services',
      `SELECT s.id FROM service s WHERE s.project_id = $1 AND s.spec #>> '{template,image}' = $2 AND ${follows}
        ORDER BY s.id`,
      [projectId, image],
    );
    return rows.map((row) => row.id);
  }
}
