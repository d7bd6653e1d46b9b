import { DomainError } from '#libs/domain/error.js';
import type {
  ContainerDetails,
  ContainerFilter,
  ContainerRecord,
  ContainerRepository,
  DesiredChange,
} from '#libs/core/container/container.repository.port.js';
import { isUniqueViolation, type Sql } from '../connection/sql.js';
import { containerDetails } from './container.details.js';
import { containerColumns, reconciledColumns, toContainer, type ContainerRow } from './container.row.js';

const columns = containerColumns('c');

/**
 * One way in for each kind, so that each is found by an index of its own: of a service that lives long, the removed
 * ones are many more than all others.
 */
const forReconcileSql = `
  SELECT ${reconciledColumns('c')} FROM container c
   WHERE c.service_id = $1 AND c.removed_at IS NULL
  UNION ALL
  SELECT ${reconciledColumns('c')} FROM container c
   WHERE c.id IN (
     SELECT f.id FROM container f
      WHERE f.service_id = $1 AND f.removed_at IS NOT NULL AND f.failed_at > $3::timestamptz - interval '1 hour'
     UNION
     SELECT d.id FROM container d WHERE d.deployment_id = $2 AND d.service_id = $1 AND d.removed_at IS NOT NULL
     UNION
     SELECT a.id FROM container a
      WHERE a.service_id = $1 AND a.removed_at IS NOT NULL AND a.autodestroyed
        AND NOT EXISTS (SELECT FROM container n WHERE n.service_id = $1 AND n.ordinal = a.ordinal AND n.removed_at IS NULL
                           AND (n.created_at, n.id) > (a.created_at, a.id))
        AND NOT EXISTS (SELECT FROM container n WHERE n.service_id = $1 AND n.ordinal = a.ordinal AND n.removed_at IS NOT NULL
                           AND (n.created_at, n.id) > (a.created_at, a.id)))
   ORDER BY ordinal, created_at, id`;

export class PostgresContainerRepository implements ContainerRepository {
  constructor(private readonly sql: Sql) {}

  async get(projectId: string, id: string): Promise<ContainerRecord | null> {
    const row = await this.sql.first<ContainerRow>(
      'container-get',
      `SELECT ${columns} FROM container c WHERE c.id = $1 AND c.project_id = $2`,
      [id, projectId],
    );
    return row && toContainer(row);
  }

  async lock(projectId: string, id: string): Promise<ContainerRecord | null> {
    const row = await this.sql.first<ContainerRow>(
      'container-lock',
      `SELECT ${columns} FROM container c WHERE c.id = $1 AND c.project_id = $2 FOR UPDATE`,
      [id, projectId],
    );
    return row && toContainer(row);
  }

  details(projectId: string, filter: ContainerFilter): Promise<{ rows: ContainerDetails[]; total: number }> {
    return containerDetails(this.sql, projectId, filter);
  }

  async insert(containers: ContainerRecord[]): Promise<void> {
    if (!containers.length) return;
    const rows = containers.map((c) => ({
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
    }));
    try {
      await this.sql.query(
        'container-insert',
        `INSERT INTO container (id, organization_id, project_id, stack_id, service_id, name, ordinal, revision, template, restart,
                                environment, links, api_key_id, private_address, deployment_id, held, desired, generation, milli_cpu,
                                memory_bytes, state, created_at)
         SELECT id, organization_id, project_id, stack_id, service_id, name, ordinal, revision, template, restart,
                environment, links, api_key_id, private_address, deployment_id, held, desired, generation, milli_cpu,
                memory_bytes, state, created_at
           FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, organization_id uuid, project_id uuid, stack_id uuid, service_id uuid,
                name text, ordinal integer, revision integer, template jsonb, restart jsonb, environment jsonb, links jsonb,
                api_key_id uuid, private_address inet, deployment_id uuid, held boolean, desired text, generation bigint,
                milli_cpu bigint, memory_bytes bigint, state text, created_at timestamptz)`,
        [JSON.stringify(rows)],
      );
    } catch (error) {
      if (isUniqueViolation(error, 'container_standalone_name_key')) {
        throw new DomainError('conflict', 'There is already a container of that name.', { field: 'name' });
      }
      throw error;
    }
  }

  async ofService(serviceId: string): Promise<ContainerRecord[]> {
    const rows = await this.sql.query<ContainerRow>(
      'container-of-service',
      `SELECT ${columns} FROM container c WHERE c.service_id = $1 AND c.removed_at IS NULL ORDER BY c.ordinal, c.created_at, c.id`,
      [serviceId],
    );
    return rows.map(toContainer);
  }

  async forReconcile(serviceId: string, deploymentId: string | null, now: Date): Promise<ContainerRecord[]> {
    const rows = await this.sql.query<ContainerRow>('container-for-reconcile', forReconcileSql, [
      serviceId,
      deploymentId,
      now,
    ]);
    return rows.map(toContainer);
  }

  async lockAny(id: string): Promise<ContainerRecord | null> {
    const row = await this.sql.first<ContainerRow>(
      'container-lock-any',
      `SELECT ${columns} FROM container c WHERE c.id = $1 FOR UPDATE`,
      [id],
    );
    return row && toContainer(row);
  }

  async desire(changes: DesiredChange[]): Promise<{ id: string; generation: number }[]> {
    if (!changes.length) return [];
    const ids = changes.filter((change) => !change.quiet).map((change) => change.id);
    // Nodes first, in order: the node row serializes its assignment generations. A tenant may not write nodes of the
    // shared pool, so a security-definer function does just this one thing.
    if (ids.length)
      await this.sql.query('node-next-generation', `SELECT next_assignment_generation($1::uuid[])`, [ids]);
    const rows = await this.sql.query<{ id: string; generation: number }>(
      'container-desire',
      `UPDATE container c
          SET desired = r.desired, held = coalesce(r.held, c.held),
              generation = c.generation + CASE WHEN NOT r.quiet AND (r.desired <> c.desired OR r.restart OR r.pool = 'out'
                           OR coalesce(r.start_incarnation, 0) > c.start_incarnation) THEN 1 ELSE 0 END,
              start_incarnation = coalesce(r.start_incarnation, c.start_incarnation),
              deployment_id = coalesce(r.deployment_id, c.deployment_id), failed_at = coalesce(r.failed_at, c.failed_at),
              autodestroyed = coalesce(r.autodestroyed, c.autodestroyed),
              restart_nonce = c.restart_nonce + CASE WHEN NOT r.quiet AND (r.restart OR (r.pool = 'out' AND c.pool = 'leaving'
                              AND r.desired = 'running')) THEN 1 ELSE 0 END,
              assigned_generation = CASE WHEN r.quiet THEN c.assigned_generation ELSE
                coalesce((SELECT n.assignment_generation FROM node n WHERE n.id = c.node_id), 0) END,
              move_to = CASE WHEN r.stays_put THEN NULL ELSE c.move_to END, pool = coalesce(r.pool, c.pool),
              pool_changed_xid = CASE WHEN r.pool <> c.pool THEN pg_current_xact_id()::text::bigint ELSE c.pool_changed_xid END,
              pool_changed_at = CASE WHEN r.pool <> c.pool THEN now() ELSE c.pool_changed_at END,
              removed_at = CASE WHEN r.desired = 'removed' AND c.node_id IS NULL THEN now() END,
              state = CASE WHEN r.desired = 'removed' AND c.node_id IS NULL THEN 'removed' ELSE c.state END,
              row_version = c.row_version + 1
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, desired text, held boolean, restart boolean,
              start_incarnation integer, deployment_id uuid, failed_at timestamptz, autodestroyed boolean, pool text, quiet boolean,
              stays_put boolean)
        WHERE c.id = r.id AND c.removed_at IS NULL
        RETURNING c.id, c.generation + CASE WHEN c.pool = 'leaving' THEN 1 ELSE 0 END AS generation`,
      [
        JSON.stringify(
          changes.map((change) => ({
            id: change.id,
            desired: change.desired,
            held: change.held ?? null,
            restart: change.restart ?? false,
            start_incarnation: change.startIncarnation ?? null,
            deployment_id: change.deploymentId ?? null,
            failed_at: change.failedAt ?? null,
            autodestroyed: change.autodestroyed || null,
            pool: change.pool ?? null,
            quiet: change.quiet ?? false,
            stays_put: change.staysPut ?? false,
          })),
        ),
      ],
    );
    return rows;
  }

  async place(
    placements: { id: string; nodeId: string; hostPorts: { hostPort: number; protocol: string }[] }[],
  ): Promise<void> {
    if (!placements.length) return;
    const rows = placements.map((p) => ({ id: p.id, node_id: p.nodeId }));
    await this.sql.query(
      'node-bump',
      `UPDATE node SET assignment_generation = assignment_generation + 1
        WHERE id IN (SELECT id FROM node WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE)`,
      [[...new Set(placements.map((p) => p.nodeId))]],
    );
    await this.sql.query(
      'container-place',
      `UPDATE container c SET node_id = r.node_id, assigned_generation = n.assignment_generation, row_version = c.row_version + 1
         FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, node_id uuid) JOIN node n ON n.id = r.node_id
        WHERE c.id = r.id`,
      [JSON.stringify(rows)],
    );
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
      await this.sql.query(
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

  async address(id: string, privateAddress: string): Promise<void> {
    await this.sql.query('container-address', `UPDATE container SET private_address = $2 WHERE id = $1`, [
      id,
      privateAddress,
    ]);
  }
}
