import type { ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { networkEvent } from '#libs/core/network/network.event.js';
import type { Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { canMove, type ContainerState, type DesiredState, type HealthState } from '#libs/domain/container/state.js';
import { DomainError } from '#libs/domain/error.js';
import type { Sql } from '../connection/sql.js';
import { releaseAddresses } from '../network/network.release.js';

interface KnownRow {
  id: string;
  organization_id: string;
  project_id: string;
  service_id: string | null;
  stack_id: string | null;
  state: ContainerState;
  health: HealthState;
  incarnation: number;
  desired: DesiredState;
  observed_epoch: number;
  observed_sequence: number;
  observed_generation: number;
}

/** Stores what moves the observed state forward and enqueues what depends on it; everything else is dropped quietly. */
export async function storeReports(
  tx: Transaction,
  sql: Sql,
  nodeId: string,
  epoch: number,
  reports: ContainerReport[],
): Promise<void> {
  const newest = new Map<string, ContainerReport>();
  for (const report of reports) {
    const known = newest.get(report.containerId);
    if (!known || known.sequence < report.sequence) newest.set(report.containerId, report);
  }
  const [session, rows] = await Promise.all([
    sql.first<{ epoch: number }>(
      'report-session',
      `SELECT session_epoch AS epoch FROM node WHERE id = $1 AND revoked_at IS NULL AND removed_at IS NULL`,
      [nodeId],
    ),
    sql.query<KnownRow>(
      'report-known',
      `SELECT id, organization_id, project_id, service_id, stack_id, state, health, incarnation, desired, observed_epoch, observed_sequence,
            observed_generation
       FROM container WHERE id = ANY($1::uuid[]) AND node_id = $2 AND removed_at IS NULL ORDER BY id FOR UPDATE`,
      [[...newest.keys()], nodeId],
    ),
  ]);
  if (session?.epoch !== epoch) throw new DomainError('stale', 'This session was replaced by a newer one.');
  const accepted = rows.flatMap((row) => {
    const report = keepStandalone(row, newest.get(row.id));
    return report && isForward(row, report, epoch) ? [{ row, report }] : [];
  });
  if (!accepted.length) return;
  await update(
    sql,
    epoch,
    accepted.map((one) => one.report),
  );
  const removed = accepted.filter(({ report }) => report.observed.state === 'removed').map(({ row }) => row.id);
  if (removed.length) {
    await sql.query('report-free-ports', `DELETE FROM host_port WHERE container_id = ANY($1::uuid[])`, [removed]);
    await releaseAddresses(sql, removed);
  }
  await tx.events.append(
    accepted
      .filter(({ row, report }) => row.state !== report.observed.state)
      .map(({ row, report }) => ({
        organizationId: row.organization_id,
        projectId: row.project_id,
        type: 'container' as const,
        verb: report.observed.state === 'removed' ? ('delete' as const) : ('update' as const),
        resourceId: row.id,
        state: report.observed.state,
        parents: [
          ...(row.service_id ? [{ type: 'service' as const, id: row.service_id }] : []),
          ...(row.stack_id ? [{ type: 'stack' as const, id: row.stack_id }] : []),
          { type: 'node' as const, id: nodeId },
        ],
      })),
  );
  // Names stop meaning a container whose check fails, and mean it again later.
  const unwell = accepted.filter(({ row, report }) => {
    return row.state === report.observed.state && row.health !== report.observed.health;
  });
  const projects = new Map(unwell.map(({ row }) => [row.project_id, row]));
  await tx.events.append(
    [...projects.values()].map((row) =>
      networkEvent({ organizationId: row.organization_id, projectId: row.project_id }),
    ),
  );
  const matters = accepted.filter(
    ({ row, report }) =>
      !isOnItsWay(row, report) &&
      (row.state !== report.observed.state ||
        row.health !== report.observed.health ||
        row.incarnation !== report.observed.incarnation ||
        row.observed_generation !== report.generation),
  );
  await tx.outbox.add(
    matters.map(({ row }): ReconcileKey => (row.service_id ? `service:${row.service_id}` : `container:${row.id}`)),
  );
}

/** A standalone container that vanished from its engine stays on record, failed, until its user removes it. */
function keepStandalone(row: KnownRow, report: ContainerReport | undefined): ContainerReport | undefined {
  if (!report || row.service_id !== null || row.desired === 'removed' || report.observed.state !== 'removed')
    return report;
  return { ...report, observed: { ...report.observed, state: 'failed', message: 'Its engine no longer has it.' } };
}

/**
 * Its first start goes as was asked, and is not done: nothing is decided by that, and the running that follows is
 * looked at. Told as an event all the same.
 */
function isOnItsWay(row: KnownRow, { observed }: ContainerReport): boolean {
  const before = row.state === 'pending' || row.state === 'pulling';
  const now = observed.state === 'pulling' || observed.state === 'starting';
  const first = row.incarnation <= 1 && observed.incarnation === 1;
  return before && now && first && row.desired === 'running' && row.health === observed.health;
}

function isForward(row: KnownRow, report: ContainerReport, epoch: number): boolean {
  const { observed, sequence, generation } = report;
  if (row.observed_epoch > epoch || (row.observed_epoch === epoch && row.observed_sequence >= sequence)) return false;
  if (generation < row.observed_generation) return false;
  if (observed.incarnation !== row.incarnation) return observed.incarnation > row.incarnation;
  return canMove(row.state, observed.state);
}

async function update(sql: Sql, epoch: number, reports: ContainerReport[]): Promise<void> {
  await sql.query(
    'report-update',
    `UPDATE container c
        SET state = r.state, incarnation = r.incarnation, health = r.health, engine_id = coalesce(r.engine_id, c.engine_id),
            exit_code = r.exit_code, message = r.message, image_digest = coalesce(r.image_digest, c.image_digest), address = r.address,
            ports = r.ports, started_at = r.started_at, finished_at = r.finished_at, observed_epoch = $2, observed_sequence = r.sequence,
            observed_generation = r.generation, observed_at = now(), row_version = c.row_version + 1,
            removed_at = CASE WHEN r.state = 'removed' THEN now() END
       FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, state text, incarnation integer, health text, engine_id text, exit_code integer,
              message text, image_digest text, address text, ports jsonb, started_at timestamptz, finished_at timestamptz,
              sequence bigint, generation bigint)
      WHERE c.id = r.id AND c.id = ANY($3::uuid[])`,
    [
      JSON.stringify(
        reports.map(({ containerId, sequence, generation, observed }) => ({
          id: containerId,
          sequence,
          generation,
          state: observed.state,
          incarnation: observed.incarnation,
          health: observed.health,
          engine_id: observed.engineId,
          exit_code: observed.exitCode,
          message: observed.message,
          image_digest: observed.imageDigest,
          address: observed.address,
          ports: observed.ports,
          started_at: observed.startedAt,
          finished_at: observed.finishedAt,
        })),
      ),
      epoch,
      // Said twice: of a list of ids the database knows that it is short, of a JSON text it does not.
      reports.map(({ containerId }) => containerId),
    ],
  );
}
