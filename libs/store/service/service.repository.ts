import { isId } from '#libs/domain/id.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type {
  LockedService,
  PulledImage,
  ServiceDetails,
  ServiceFilter,
  ServiceRecord,
  ServiceRepository,
} from '#libs/core/service/service.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { routeDrainMs } from '../reconcile/routing.query.js';
import { serviceDetails } from './service.details.js';
import { serviceListSql } from './service.list.js';
import { serviceColumns, toService, type ServiceRow } from './service.row.js';
import { insertRevisions, insertServices, updateServices, type NewRevision } from './service.writes.js';

export class PostgresServiceRepository implements ServiceRepository {
  constructor(private readonly sql: Sql) {}

  insert(...services: ServiceRecord[]): Promise<void> {
    return insertServices(this.sql, services);
  }

  get(projectId: string, id: string): Promise<ServiceRecord | null> {
    return this.read('service-get', `SELECT ${serviceColumns} FROM service WHERE id = $1 AND project_id = $2`, [
      id,
      projectId,
    ]);
  }

  lock(projectId: string, id: string): Promise<ServiceRecord | null> {
    return this.read(
      'service-lock',
      `SELECT ${serviceColumns} FROM service WHERE id = $1 AND project_id = $2 AND destroyed_at IS NULL FOR UPDATE`,
      [id, projectId],
    );
  }

  async lockAny(id: string): Promise<LockedService | null> {
    const row = await this.sql.first<ServiceRow & { holds_keys: boolean; route_drain_ms: number | null }>(
      'service-lock-any',
      `SELECT ${serviceColumns}, EXISTS (SELECT 1 FROM api_key k WHERE k.service_id = $1 AND k.revoked_at IS NULL) AS holds_keys,
              ${routeDrainMs} AS route_drain_ms
         FROM service s WHERE id = $1 FOR UPDATE OF s`,
      [id],
    );
    return row && { ...toService(row), holdsKeys: row.holds_keys, routeDrainMs: row.route_drain_ms };
  }

  private async read(name: string, text: string, values: unknown[]): Promise<ServiceRecord | null> {
    const row = await this.sql.first<ServiceRow>(name, text, values);
    return row && toService(row);
  }

  async lockOfStack(projectId: string, stackId: string): Promise<ServiceRecord[]> {
    const rows = await this.sql.query<ServiceRow>(
      'service-lock-of-stack',
      `SELECT ${serviceColumns} FROM service
        WHERE stack_id = $2 AND project_id = $1 AND destroyed_at IS NULL AND state <> 'terminated' ORDER BY id FOR UPDATE`,
      [projectId, stackId],
    );
    return rows.map(toService);
  }

  async byStack(stackId: string): Promise<ServiceRecord[]> {
    const rows = await this.sql.query<ServiceRow>(
      'service-by-stack',
      `SELECT ${serviceColumns} FROM service WHERE stack_id = $1 AND destroyed_at IS NULL ORDER BY created_at, id`,
      [stackId],
    );
    return rows.map(toService);
  }

  async notePulled({ serviceId, organizationId, image, digest, at }: PulledImage): Promise<void> {
    await this.sql.query(
      'service-note-pulled',
      `INSERT INTO pulled_image (service_id, organization_id, image, digest, pulled_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (service_id) DO UPDATE SET image = excluded.image, digest = excluded.digest, pulled_at = excluded.pulled_at`,
      [serviceId, organizationId, image, digest, at],
    );
  }

  async resolve(projectId: string, references: string[], stackId: string | null): Promise<Map<string, string>> {
    const rows = await this.sql.query<{ id: string; name: string; stack_id: string | null; stack_name: string | null }>(
      'service-resolve',
      `SELECT s.id, s.name, s.stack_id, k.name AS stack_name FROM service s LEFT JOIN stack k ON k.id = s.stack_id
        WHERE s.project_id = $1 AND s.destroyed_at IS NULL
          AND (s.id = ANY($2::uuid[]) OR s.name = ANY($3) OR s.name || '.' || k.name = ANY($3))`,
      [projectId, references.filter(isId), references],
    );
    const found = new Map<string, string>();
    for (const reference of references) {
      const named = rows.filter((row) => row.name === reference);
      const match =
        rows.find((row) => row.id === reference) ??
        named.find((row) => stackId !== null && row.stack_id === stackId) ??
        named.find((row) => row.stack_id === null) ??
        (named.length === 1 ? named[0] : undefined) ??
        rows.find((row) => `${row.name}.${row.stack_name}` === reference);
      if (match) found.set(reference, match.id);
    }
    return found;
  }

  details(projectId: string, filter: ServiceFilter): Promise<{ rows: ServiceDetails[]; total: number }> {
    return serviceDetails(this.sql, projectId, filter);
  }

  /** The record given keeps its version. */
  async update(service: ServiceRecord): Promise<number> {
    const written = { ...service };
    await updateServices(this.sql, [written]);
    return written.rowVersion;
  }

  updateAll(services: ServiceRecord[]): Promise<void> {
    return updateServices(this.sql, services);
  }

  insertRevision(
    serviceId: string,
    organizationId: string,
    number: number,
    spec: ServiceSpec,
    volumeEpoch = 0,
  ): Promise<void> {
    return this.insertRevisions([{ serviceId, organizationId, number, spec, volumeEpoch }]);
  }

  insertRevisions(revisions: NewRevision[]): Promise<void> {
    return insertRevisions(this.sql, revisions);
  }

  async newestRevisions(serviceIds: string[]): Promise<Map<string, { number: number; volumeEpoch: number }>> {
    const rows = await this.sql.query<{ service_id: string; number: number; volume_epoch: number }>(
      'revision-newest',
      `SELECT DISTINCT ON (service_id) service_id, number, volume_epoch FROM revision
        WHERE service_id = ANY($1::uuid[]) ORDER BY service_id, number DESC`,
      [serviceIds],
    );
    return new Map(rows.map((row) => [row.service_id, { number: row.number, volumeEpoch: row.volume_epoch }]));
  }

  async revision(serviceId: string, number: number): Promise<ServiceSpec | null> {
    const row = await this.sql.first<{ spec: ServiceSpec }>(
      'revision-get',
      `SELECT spec FROM revision WHERE service_id = $1 AND number = $2`,
      [serviceId, number],
    );
    return row?.spec ?? null;
  }

  async specs(
    serviceId: string,
    numbers: number[],
  ): Promise<{ specs: Map<number, ServiceSpec>; epochs: Map<number, number> }> {
    const rows = await this.sql.query<{ number: number; spec: ServiceSpec; volume_epoch: number }>(
      'revision-specs',
      `SELECT number, spec, volume_epoch FROM revision WHERE service_id = $1 AND number = ANY($2::integer[])`,
      [serviceId, numbers],
    );
    return {
      specs: new Map(rows.map((row) => [row.number, row.spec])),
      epochs: new Map(rows.map((row) => [row.number, row.volume_epoch])),
    };
  }

  async revisions(
    serviceId: string,
  ): Promise<{ number: number; spec: ServiceSpec; volumeEpoch: number; createdAt: Date }[]> {
    const rows = await this.sql.query<{ number: number; spec: ServiceSpec; volume_epoch: number; created_at: Date }>(
      'revision-list',
      `SELECT number, spec, volume_epoch, created_at FROM revision WHERE service_id = $1 ORDER BY number DESC LIMIT 50`,
      [serviceId],
    );
    return rows.map((row) => ({
      number: row.number,
      spec: row.spec,
      volumeEpoch: row.volume_epoch,
      createdAt: row.created_at,
    }));
  }

  async dependants(
    projectId: string,
    serviceId: string,
  ): Promise<{ id: string; name: string; why: 'link' | 'volumes-from' }[]> {
    return this.sql.query(
      'service-dependants',
      `SELECT id, name, CASE WHEN spec -> 'volumesFrom' ? $2 THEN 'volumes-from' ELSE 'link' END AS why FROM service
        WHERE project_id = $1 AND destroyed_at IS NULL AND intent <> 'terminated'
          AND (spec -> 'volumesFrom' ? $2 OR spec -> 'links' @> jsonb_build_array(jsonb_build_object('serviceId', $2::text)))
        ORDER BY name`,
      [projectId, serviceId],
    );
  }

  async listJson(projectId: string, after: string | null, limit: number): Promise<string> {
    const row = await this.sql.first<{ body: string }>('service-list-json', serviceListSql, [projectId, after, limit]);
    return row?.body ?? '[]';
  }
}
