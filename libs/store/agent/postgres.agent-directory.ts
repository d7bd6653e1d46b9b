import {
  AgentDirectory,
  type AgentHello,
  type Assignment,
  type AssignmentBatch,
  type ContainerReport,
} from '#libs/core/agent/agent-directory.port.js';
import { UnitOfWork, type Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { DomainError } from '#libs/domain/error.js';
import type { PostgresTransaction } from '../connection/postgres.transaction.js';
import type { Sql } from '../connection/sql.js';
import type { PullCredentials } from '../registry/pull-credentials.js';
import {
  allAssignmentsSql,
  assignmentsSinceSql,
  toAssignment,
  toKeyHolder,
  type AssignmentRow,
  type BatchRow,
} from './assignment.row.js';
import type { ServiceKeys } from './service-keys.js';
import { storeReports } from './report.store.js';

const liveGatewayMs = 10_000;

/**
 * Sessions, assignments and reports of nodes, on the platform role. Without `pulls` and `keys`, assignments carry no credentials:
 * for a process that hands none out.
 */
export class PostgresAgentDirectory extends AgentDirectory {
  constructor(
    private readonly work: UnitOfWork,
    private readonly pulls: PullCredentials | null = null,
    private readonly keys: ServiceKeys | null = null,
  ) {
    super();
  }

  async openSession(
    nodeId: string,
    certificateSerial: string,
    gatewayId: string,
    hello: AgentHello,
  ): Promise<{ epoch: number }> {
    return this.work.platform(async (tx) => {
      const row = await sqlOf(tx).first<{
        epoch: number;
        state: string;
        organization_id: string | null;
        node_cluster_id: string | null;
        moved: boolean;
      }>(
        'agent-open-session',
        `UPDATE node n SET session_epoch = n.session_epoch + 1, gateway_id = $3, last_seen_at = now(), state = 'ready', state_message = NULL,
                engine_kind = $4, engine_version = $5, agent_version = $6, milli_cpu = $7, memory_bytes = $8, disk_bytes = $9,
                max_containers = $10, labels = $11, address = $12,
                roles = $13, overlay = $14, underlay_address = $15, machine = $16, nfs_client = $17, storage_port = $18, storage_bytes = $19,
                network_behind_since = CASE WHEN $14 THEN n.network_behind_since END,
                network_problems = CASE WHEN $14 THEN n.network_problems ELSE '{}' END, row_version = n.row_version + 1
           FROM (SELECT id, state, roles, overlay, underlay_address, address FROM node WHERE id = $1 FOR UPDATE) before
          WHERE n.id = before.id AND n.revoked_at IS NULL AND n.removed_at IS NULL AND $2 IN (n.certificate_serial, n.previous_certificate_serial)
          RETURNING n.session_epoch AS epoch, before.state, n.organization_id, n.node_cluster_id,
                    (before.roles, before.overlay, before.underlay_address, before.address)
                      IS DISTINCT FROM (n.roles, n.overlay, n.underlay_address, n.address) AS moved`,
        [
          nodeId,
          certificateSerial,
          gatewayId,
          hello.engineKind,
          hello.engineVersion,
          hello.agentVersion,
          hello.capacity.milliCpu,
          hello.capacity.memoryBytes,
          hello.capacity.diskBytes,
          hello.capacity.maxContainers,
          JSON.stringify(hello.labels),
          hello.address,
          hello.roles,
          hello.overlay,
          hello.underlayAddress || hello.address,
          hello.machine || null,
          hello.nfsClient ?? false,
          hello.storage?.port ?? 0,
          hello.storage?.totalBytes ?? 0,
        ],
      );
      if (!row) throw new DomainError('unauthenticated', 'This node’s certificate is revoked or was replaced.');
      if (row.state !== 'ready') await tx.outbox.add([`node:${nodeId}`]);
      // Others reach it another way from now on, or it takes part in networks that it took no part in.
      if (row.state !== 'ready' || row.moved) {
        await tx.events.append([
          {
            organizationId: row.organization_id,
            projectId: null,
            type: 'node',
            verb: 'update',
            resourceId: nodeId,
            state: 'ready',
            parents: row.node_cluster_id ? [{ type: 'node-cluster', id: row.node_cluster_id }] : [],
          },
        ]);
      }
      return { epoch: row.epoch };
    });
  }

  async touch(sessions: { nodeId: string; epoch: number }[]): Promise<{ nodeId: string; reason: string }[]> {
    if (!sessions.length) return [];
    return this.work.platform(async (tx) => {
      const rows = await sqlOf(tx).query<{ id: string; current: boolean; reason: string | null; was: string }>(
        'agent-touch',
        `WITH held AS (
           SELECT n.id, n.state, n.session_epoch, n.revoked_at, n.removed_at, r.epoch FROM node n
             JOIN jsonb_to_recordset($1::jsonb) AS r (id uuid, epoch bigint) ON r.id = n.id ORDER BY n.id FOR UPDATE OF n),
         touched AS (
           UPDATE node n SET last_seen_at = now(), state = CASE WHEN n.state IN ('suspect', 'unreachable', 'lost') THEN 'ready' ELSE n.state END
             FROM held WHERE n.id = held.id AND held.epoch = held.session_epoch AND held.revoked_at IS NULL AND held.removed_at IS NULL)
         SELECT id, state AS was, epoch = session_epoch AND revoked_at IS NULL AND removed_at IS NULL AS current,
                CASE WHEN revoked_at IS NOT NULL OR removed_at IS NOT NULL THEN 'The node was revoked.'
                     WHEN epoch <> session_epoch THEN 'A newer session of this node exists.' END AS reason
           FROM held`,
        [JSON.stringify(sessions.map((session) => ({ id: session.nodeId, epoch: session.epoch })))],
      );
      const back = rows.filter((row) => row.current && (row.was === 'unreachable' || row.was === 'lost'));
      await tx.outbox.add(back.map((row) => `node:${row.id}` as const));
      const known = new Set(rows.map((row) => row.id));
      return [
        ...rows.flatMap((row) => (row.reason ? [{ nodeId: row.id, reason: row.reason }] : [])),
        ...sessions.flatMap((s) =>
          known.has(s.nodeId) ? [] : [{ nodeId: s.nodeId, reason: 'The node was removed.' }],
        ),
      ];
    });
  }

  async closeSession(nodeId: string, epoch: number): Promise<void> {
    await this.read('agent-close-session', `UPDATE node SET gateway_id = NULL WHERE id = $1 AND session_epoch = $2`, [
      nodeId,
      epoch,
    ]);
  }

  async allAssignments(nodeId: string): Promise<AssignmentBatch> {
    return (
      (await this.batch('agent-all-assignments', allAssignmentsSql, [nodeId])) ?? { generation: 0, assignments: [] }
    );
  }

  assignmentsSince(nodeId: string, generation: number): Promise<AssignmentBatch | null> {
    return this.batch('agent-assignments-since', assignmentsSinceSql, [nodeId, generation]);
  }

  async applied(nodeId: string, epoch: number, generation: number): Promise<void> {
    await this.read(
      'agent-applied',
      `UPDATE node SET applied_generation = greatest(applied_generation, $3) WHERE id = $1 AND session_epoch = $2 AND applied_generation < $3`,
      [nodeId, epoch, generation],
    );
  }

  async report(nodeId: string, epoch: number, reports: ContainerReport[]): Promise<void> {
    if (!reports.length) return;
    await this.work.platform((tx) => storeReports(tx, sqlOf(tx), nodeId, epoch, reports));
  }

  async gatewayOf(nodeId: string): Promise<{ gatewayId: string; address: string } | null> {
    const [row] = await this.read<{ id: string; address: string }>(
      'agent-gateway-of',
      `SELECT g.id, g.address FROM node n JOIN gateway g ON g.id = n.gateway_id
        WHERE n.id = $1 AND g.last_seen_at > now() - $2::integer * interval '1 millisecond'`,
      [nodeId, liveGatewayMs],
    );
    return row ? { gatewayId: row.id, address: row.address } : null;
  }

  async announceGateway(gatewayId: string, address: string): Promise<void> {
    await this.read(
      'agent-announce-gateway',
      `INSERT INTO gateway (id, address, started_at, last_seen_at) VALUES ($1, $2, now(), now())
       ON CONFLICT (id) DO UPDATE SET address = excluded.address, last_seen_at = now()`,
      [gatewayId, address],
    );
  }

  private batch(name: string, text: string, values: unknown[]): Promise<AssignmentBatch | null> {
    return this.work.platformRead(async (tx) => {
      const sql = sqlOf(tx);
      const rows = await sql.query<BatchRow>(name, text, values);
      const [first] = rows;
      if (!first) return null;
      const assigned = rows.filter((row): row is BatchRow & AssignmentRow => row.id !== null);
      return { generation: first.node_generation, assignments: await this.assigned(sql, assigned) };
    });
  }

  private async assigned(sql: Sql, rows: AssignmentRow[]): Promise<Assignment[]> {
    const assignments = rows.map(toAssignment);
    const pulled = this.pulls ? await this.pulls.addTo(sql, assignments) : assignments;
    return this.keys ? this.keys.addTo(sql, pulled, rows.flatMap(toKeyHolder)) : pulled;
  }

  private read<T>(name: string, text: string, values: unknown[]): Promise<T[]> {
    return this.work.platformRead((tx) => sqlOf(tx).query<T>(name, text, values));
  }
}

/** The directory is part of the store: its statements belong to no resource's repository. */
const sqlOf = (tx: Transaction): Sql => (tx as PostgresTransaction).sql;
