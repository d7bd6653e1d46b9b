import type { ContainerRecord, PlacedContainer, Placement } from '#libs/core/container/container.repository.port.js';
import { DomainError } from '#libs/domain/error.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';

const insertedColumns = `id, organization_id, project_id, stack_id, service_id, name, ordinal, revision, template, restart,
  environment, links, api_key_id, private_address, deployment_id, held, desired, generation, milli_cpu, memory_bytes, state, created_at`;

const insertedRecord = `r (id uuid, organization_id uuid, project_id uuid, stack_id uuid, service_id uuid,
  name text, ordinal integer, revision integer, template jsonb, restart jsonb, environment jsonb, links jsonb,
  api_key_id uuid, private_address inet, deployment_id uuid, held boolean, desired text, generation bigint,
  milli_cpu bigint, memory_bytes bigint, state text, created_at timestamptz, node_id uuid)`;

/** Nodes in order of their ids; who numbers a node's assignments holds its row until the transaction is over. */
const numbered = (nodes: string) => `
  UPDATE node SET assignment_generation = assignment_generation + 1
   WHERE id IN (SELECT id FROM node WHERE id = ANY(${nodes}::uuid[]) ORDER BY id FOR NO KEY UPDATE)`;

const toRow = (c: ContainerRecord, nodeId: string | null) => ({
  id: c.id,
  organization_id: c.organizationId,
  project_id: c.projectId,
  stack_id: c.stackId,
  service_id: c.serviceId,
  name: c.name,
  ordinal: c.ordinal,
  revision: c.revision,
  template: c.template,
  restart: c.restart,
  environment: c.environment,
  links: c.links,
  api_key_id: c.apiKeyId,
  private_address: c.privateAddress,
  deployment_id: c.deploymentId,
  held: c.held,
  desired: c.desired,
  generation: c.generation,
  milli_cpu: c.milliCpu,
  memory_bytes: c.memoryBytes,
  state: c.observed.state,
  created_at: c.createdAt,
  node_id: nodeId,
});

export async function insertContainers(sql: Sql, containers: readonly ContainerRecord[]): Promise<void> {
  if (!containers.length) return;
  try {
    await sql.query(
      'container-insert',
      `INSERT INTO container (${insertedColumns}) SELECT ${insertedColumns} FROM jsonb_to_recordset($1::jsonb) AS ${insertedRecord}`,
      [JSON.stringify(containers.map((one) => toRow(one, null)))],
    );
  } catch (error) {
    if (isUniqueViolation(error, 'container_standalone_name_key')) {
      throw new DomainError('conflict', 'There is already a container of that name.', { field: 'name' });
    }
    throw error;
  }
}

/** One version of each row instead of two, and one statement instead of three. */
export async function insertPlacedContainers(sql: Sql, placed: readonly PlacedContainer[]): Promise<void> {
  if (!placed.length) return;
  await sql.query(
    'container-insert-placed',
    `WITH numbered AS (${numbered('$2')} RETURNING id, assignment_generation)
     INSERT INTO container (${insertedColumns}, node_id, assigned_generation)
     SELECT ${insertedColumns
       .split(',')
       .map((name) => `r.${name.trim()}`)
       .join(', ')}, n.id, n.assignment_generation
       FROM jsonb_to_recordset($1::jsonb) AS ${insertedRecord} JOIN numbered n ON n.id = r.node_id`,
    [JSON.stringify(placed.map(({ record, nodeId }) => toRow(record, nodeId))), nodesOf(placed)],
  );
  await takeHostPorts(
    sql,
    placed.map(({ record, nodeId, hostPorts }) => ({ id: record.id, nodeId, hostPorts })),
  );
}

export async function placeContainers(sql: Sql, placements: readonly Placement[]): Promise<void> {
  if (!placements.length) return;
  await sql.query(
    'container-place',
    `WITH numbered AS (${numbered('$2')} RETURNING id, assignment_generation)
     UPDATE container c SET node_id = n.id, assigned_generation = n.assignment_generation, row_version = c.row_version + 1
       FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, node_id uuid) JOIN numbered n ON n.id = r.node_id
      WHERE c.id = r.id`,
    [JSON.stringify(placements.map((one) => ({ id: one.id, node_id: one.nodeId }))), nodesOf(placements)],
  );
  await takeHostPorts(sql, placements);
}

const nodesOf = (placed: readonly { nodeId: string }[]): string[] => [...new Set(placed.map((one) => one.nodeId))];

async function takeHostPorts(sql: Sql, placements: readonly Placement[]): Promise<void> {
  const ports = placements.flatMap((p) =>
    p.hostPorts.map((port) => ({
      node_id: p.nodeId,
      host_port: port.hostPort,
      protocol: port.protocol,
      container_id: p.id,
    })),
  );
  if (!ports.length) return;
  try {
    await sql.query(
      'host-port-take',
      `INSERT INTO host_port (node_id, host_port, protocol, container_id)
       SELECT node_id, host_port, protocol, container_id
         FROM jsonb_to_recordset($1::jsonb) AS r (node_id uuid, host_port integer, protocol text, container_id uuid)`,
      [JSON.stringify(ports)],
    );
  } catch (error) {
    if (isUniqueViolation(error, 'host_port_pkey')) {
      throw new DomainError('stale', 'A port of the node was taken by another container meanwhile.');
    }
    throw error;
  }
}
