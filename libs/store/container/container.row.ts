import type { ContainerRecord } from '#libs/core/container/container.repository.port.js';

export interface ContainerRow {
  id: string;
  organization_id: string;
  project_id: string;
  stack_id: string | null;
  service_id: string | null;
  name: string;
  ordinal: number;
  revision: number | null;
  template: ContainerRecord['template'];
  restart: ContainerRecord['restart'];
  environment: ContainerRecord['environment'];
  links: ContainerRecord['links'];
  api_key_id: string | null;
  node_id: string | null;
  private_address: string | null;
  deployment_id: string | null;
  held: boolean;
  start_incarnation: number;
  failed_at: Date | null;
  autodestroyed: boolean;
  desired: ContainerRecord['desired'];
  generation: number;
  restart_nonce: number;
  move_to: string | null;
  pool: ContainerRecord['pool'];
  pool_changed_xid: number | null;
  pool_changed_at: Date | null;
  milli_cpu: number;
  memory_bytes: number;
  state: ContainerRecord['observed']['state'];
  incarnation: number;
  health: ContainerRecord['observed']['health'];
  engine_id: string | null;
  exit_code: number | null;
  message: string | null;
  image_digest: string | null;
  address: string | null;
  ports: ContainerRecord['observed']['ports'];
  observed_generation: number;
  started_at: Date | null;
  finished_at: Date | null;
  created_at: Date;
  removed_at: Date | null;
  row_version: number;
}

const names =
  `id, organization_id, project_id, stack_id, service_id, name, ordinal, revision, template, restart, environment, links, api_key_id,
  node_id, private_address, deployment_id, held, start_incarnation, failed_at, autodestroyed, desired, generation, restart_nonce, move_to, pool, pool_changed_xid,
  pool_changed_at, milli_cpu, memory_bytes, state, incarnation, health,
  engine_id, exit_code, message, image_digest, address, ports, observed_generation, started_at, finished_at, created_at,
  removed_at, row_version`
    .split(',')
    .map((name) => name.trim());

/** The columns of a record, qualified by the table's alias. */
export const containerColumns = (alias: string): string => names.map((name) => `${alias}.${name}`).join(', ');

/** What is read only when a container is handed to its node or shown, and is most of its row. */
const untold: Record<string, string> = {
  template: 'NULL::jsonb',
  restart: 'NULL::jsonb',
  environment: `'[]'::jsonb`,
  links: `'[]'::jsonb`,
};

/** As `containerColumns`, without what no decider looks at. */
export const reconciledColumns = (alias: string): string =>
  names.map((name) => (untold[name] ? `${untold[name]} AS ${name}` : `${alias}.${name}`)).join(', ');

export const toContainer = (row: ContainerRow): ContainerRecord => ({
  id: row.id,
  organizationId: row.organization_id,
  projectId: row.project_id,
  stackId: row.stack_id,
  serviceId: row.service_id,
  name: row.name,
  ordinal: row.ordinal,
  revision: row.revision,
  template: row.template,
  restart: row.restart,
  environment: row.environment,
  links: row.links,
  apiKeyId: row.api_key_id,
  nodeId: row.node_id,
  privateAddress: row.private_address,
  deploymentId: row.deployment_id,
  held: row.held,
  startIncarnation: row.start_incarnation,
  failedAt: row.failed_at,
  autodestroyed: row.autodestroyed,
  desired: row.desired,
  generation: row.generation,
  restartNonce: row.restart_nonce,
  moveTo: row.move_to,
  pool: row.pool,
  poolChangedXid: row.pool_changed_xid,
  poolChangedAt: row.pool_changed_at,
  milliCpu: row.milli_cpu,
  memoryBytes: row.memory_bytes,
  observed: {
    state: row.state,
    incarnation: row.incarnation,
    health: row.health,
    engineId: row.engine_id,
    exitCode: row.exit_code,
    message: row.message,
    imageDigest: row.image_digest,
    address: row.address,
    ports: row.ports,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  },
  observedGeneration: row.observed_generation,
  createdAt: row.created_at,
  removedAt: row.removed_at,
  rowVersion: row.row_version,
});
