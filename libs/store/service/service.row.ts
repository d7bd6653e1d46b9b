import type { ServiceRecord } from '#libs/core/service/service.repository.port.js';

export interface ServiceRow {
  id: string;
  organization_id: string;
  project_id: string;
  stack_id: string | null;
  name: string;
  spec: ServiceRecord['spec'];
  intent: ServiceRecord['intent'];
  state: ServiceRecord['state'];
  state_message: string | null;
  synchronized: boolean;
  revision: number;
  replicas: number;
  reserved_containers: number;
  reserved_memory_bytes: number;
  reserved_milli_cpu: number;
  look_again_at: Date | null;
  deployed_at: Date | null;
  started_at: Date | null;
  stopped_at: Date | null;
  destroyed_at: Date | null;
  created_at: Date;
  row_version: number;
}

export const serviceColumns = `id, organization_id, project_id, stack_id, name, spec, intent, state, state_message,
  synchronized, revision, replicas, reserved_containers, reserved_memory_bytes, reserved_milli_cpu, look_again_at, deployed_at,
  started_at, stopped_at, destroyed_at, created_at, row_version`;

export const toService = (row: ServiceRow): ServiceRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  stackId: row.stack_id,
  name: row.name,
  spec: row.spec,
  intent: row.intent,
  state: row.state,
  stateMessage: row.state_message,
  synchronized: row.synchronized,
  revision: row.revision,
  replicas: row.replicas,
  reserved: {
    containers: row.reserved_containers,
    memoryBytes: row.reserved_memory_bytes,
    milliCpu: row.reserved_milli_cpu,
  },
  lookAgainAt: row.look_again_at,
  deployedAt: row.deployed_at,
  startedAt: row.started_at,
  stoppedAt: row.stopped_at,
  destroyedAt: row.destroyed_at,
  createdAt: row.created_at,
  rowVersion: row.row_version,
});
