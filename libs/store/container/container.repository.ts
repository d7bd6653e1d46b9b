import type {
  ContainerDetails,
  ContainerFilter,
  ContainerRecord,
  ContainerRepository,
  DesiredChange,
  PlacedContainer,
  Placement,
} from '#libs/core/container/container.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { containerDetails } from './container.details.js';
import { containerColumns, reconciledColumns, toContainer, type ContainerRow } from './container.row.js';
import { insertContainers, insertPlacedContainers, placeContainers } from './container.writes.js';

const columns = containerColumns('c');

/**
 * One way in for each kind, so that each is found by an index of its own: of a service that lives long, the removed
 * ones are many more than all others. What follows an autodestroyed one is asked for each of those few (OFFSET 0 keeps
 * the planner from joining with all that the service ever had).
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
                           AND (n.created_at, n.id) > (a.created_at, a.id) OFFSET 0)
        AND NOT EXISTS (SELECT FROM container n WHERE n.service_id = $1 AND n.ordinal = a.ordinal AND n.removed_at IS NOT NULL
                           AND (n.created_at, n.id) > (a.created_at, a.id) OFFSET 0))
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

  insert(containers: ContainerRecord[]): Promise<void> {
    return insertContainers(this.sql, containers);
  }

  insertPlaced(placed: PlacedContainer[]): Promise<void> {
    return insertPlacedContainers(this.sql, placed);
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
        WHERE c.id = r.id AND c.id = ANY($2::uuid[]) AND c.removed_at IS NULL
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
        changes.map(({ id }) => id),
      ],
    );
    return rows;
  }

  place(placements: Placement[]): Promise<void> {
    return placeContainers(this.sql, placements);
  }

  async address(id: string, privateAddress: string): Promise<void> {
    await this.sql.query('container-address', `UPDATE container SET private_address = $2 WHERE id = $1`, [
      id,
      privateAddress,
    ]);
  }
}
