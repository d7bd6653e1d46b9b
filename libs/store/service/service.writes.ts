import type { ServiceRecord } from '#libs/core/service/service.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';

/** However many, in one statement. `conflict` names the one whose name is taken. */
export async function insertServices(sql: Sql, services: readonly ServiceRecord[]): Promise<void> {
  const rows = services.map((service) => ({
    id: service.id,
    organization_id: service.organizationId,
    project_id: service.projectId,
    stack_id: service.stackId,
    name: service.name,
    spec: service.spec,
    intent: service.intent,
    state: service.state,
    synchronized: service.synchronized,
    revision: service.revision,
    replicas: service.replicas,
    created_at: service.createdAt,
  }));
  try {
    await sql.query(
      'service-insert',
      `INSERT INTO service (id, organization_id, project_id, stack_id, name, spec, intent, state, synchronized, revision, replicas, created_at)
       SELECT id, organization_id, project_id, stack_id, name, spec, intent, state, synchronized, revision, replicas, created_at
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, organization_id uuid, project_id uuid, stack_id uuid, name text, spec jsonb,
              intent text, state text, synchronized boolean, revision integer, replicas integer, created_at timestamptz)`,
      [JSON.stringify(rows)],
    );
  } catch (error) {
    if (!isUniqueViolation(error, 'service_name_key')) throw error;
    const detail = String((error as { detail?: unknown }).detail);
    const taken = services.find((service) => detail.endsWith(`, ${service.name}) already exists.`)) ?? services[0];
    throw new DomainError('conflict', `There is already a service called "${taken?.name}" here.`, { field: 'name' });
  }
}

/** Writes every column but ids, in one statement. `stale` when one is not as it was read; else they have their new versions. */
export async function updateServices(sql: Sql, services: readonly ServiceRecord[]): Promise<void> {
  const rows = services.map((service) => ({
    id: service.id,
    row_version: service.rowVersion,
    spec: service.spec,
    intent: service.intent,
    state: service.state,
    state_message: service.stateMessage,
    synchronized: service.synchronized,
    revision: service.revision,
    replicas: service.replicas,
    reserved_containers: service.reserved.containers,
    reserved_memory_bytes: service.reserved.memoryBytes,
    reserved_milli_cpu: service.reserved.milliCpu,
    deployed_at: service.deployedAt,
    started_at: service.startedAt,
    stopped_at: service.stoppedAt,
    destroyed_at: service.destroyedAt,
    look_again_at: service.lookAgainAt,
  }));
  const written = await sql.query<{ id: string; row_version: number }>(
    'service-update',
    `UPDATE service s SET spec = r.spec, intent = r.intent, state = r.state, state_message = r.state_message, synchronized = r.synchronized,
            revision = r.revision, replicas = r.replicas, reserved_containers = r.reserved_containers,
            reserved_memory_bytes = r.reserved_memory_bytes, reserved_milli_cpu = r.reserved_milli_cpu, deployed_at = r.deployed_at,
            started_at = r.started_at, stopped_at = r.stopped_at, destroyed_at = r.destroyed_at, look_again_at = r.look_again_at,
            row_version = s.row_version + 1
       FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, row_version integer, spec jsonb, intent text, state text, state_message text,
            synchronized boolean, revision integer, replicas integer, reserved_containers integer, reserved_memory_bytes bigint,
            reserved_milli_cpu bigint, deployed_at timestamptz, started_at timestamptz, stopped_at timestamptz,
            destroyed_at timestamptz, look_again_at timestamptz)
      WHERE s.id = r.id AND s.row_version = r.row_version RETURNING s.id, s.row_version`,
    [JSON.stringify(rows)],
  );
  const versions = new Map(written.map((row) => [row.id, row.row_version]));
  for (const service of services) {
    const version = versions.get(service.id);
    if (version === undefined) {
      throw new DomainError(
        'stale',
        `Service "${service.name}" was changed by somebody else meanwhile; read it and try again.`,
      );
    }
    service.rowVersion = version;
  }
}

export interface NewRevision {
  serviceId: string;
  organizationId: string;
  number: number;
  spec: ServiceSpec;
  volumeEpoch: number;
}

export async function insertRevisions(sql: Sql, revisions: readonly NewRevision[]): Promise<void> {
  await sql.query(
    'revision-insert',
    `INSERT INTO revision (service_id, organization_id, number, spec, volume_epoch)
     SELECT service_id, organization_id, number, spec, volume_epoch
       FROM jsonb_to_recordset($1::jsonb) AS r (service_id uuid, organization_id uuid, number integer, spec jsonb, volume_epoch integer)`,
    [
      JSON.stringify(
        revisions.map((one) => ({
          service_id: one.serviceId,
          organization_id: one.organizationId,
          number: one.number,
          spec: one.spec,
          volume_epoch: one.volumeEpoch,
        })),
      ),
    ],
  );
}
