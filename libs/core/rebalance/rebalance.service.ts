import { planRebalance, type PlannedMove, type RebalancePlan } from '#libs/control/rebalance/plan-rebalance.js';
import { invalid, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { Clock } from '#libs/platform/clock.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import { auditAction } from '../identity/audit.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { BalancedRecord, RebalanceScope } from './rebalance.repository.port.js';
import { loadRebalance, whyStays, type LoadedRebalance } from './rebalance.snapshot.js';

export interface RebalanceProposal extends RebalancePlan {
  /** What the project has opted in to; 0: nothing happens by itself. */
  movesPerMinute: number;
  /** Containers that no plan moves, with a sentence each. */
  staying: { containerId: string; name: string; reason: string }[];
}

/** The plan that is carried out, with one action for each service that has moves. */
export interface BegunRebalance {
  plan: RebalancePlan;
  actions: ActionRecord[];
}

export const mostMoves = 100;

/** Evens out how many containers nodes hold: on demand, or by itself for a project or a node cluster that asked for it. */
export class RebalanceService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** What would be moved now; nothing is. */
  async propose(context: RequestContext, moves: number): Promise<RebalanceProposal> {
    authorize(context, 'project', 'read');
    const scope = projectOf(context);
    // What others have on shared nodes is counted and not told.
    return this.work.platformRead(async (tx) => {
      const loaded = await loadRebalance(tx, scope, context.organizationId);
      return {
        ...planRebalance(loaded.snapshot, checkMoves(moves)),
        movesPerMinute: (await tx.rebalance.movesPerMinute(scope)) ?? 0,
        staying: stayingOf(loaded),
      };
    });
  }

  /** Begins the moves of a fresh plan; one action for each service that has any. */
  async run(context: RequestContext, moves: number): Promise<BegunRebalance> {
    authorize(context, 'project', 'operate');
    return this.work.platform(async (tx) => {
      const loaded = await loadRebalance(tx, projectOf(context), context.organizationId);
      const plan = planRebalance(loaded.snapshot, checkMoves(moves));
      const begun = await beginMoves(tx, plan.moves);
      const now = this.clock.now();
      const actions = begun.map(({ serviceId, expectation }) =>
        userAction(context, 'rebalance', subject(loaded.records, serviceId), now, 'in-progress', expectation),
      );
      for (const action of actions) await tx.actions.insert(action);
      return { plan, actions };
    });
  }

  /** 0 ends it. */
  async setForProject(context: RequestContext, movesPerMinute: number): Promise<number> {
    authorize(context, 'project', 'update');
    return this.work.platform(async (tx) => {
      await tx.rebalance.setMovesPerMinute(projectOf(context), checkPerMinute(movesPerMinute));
      const place = { organizationId: context.organizationId, projectId: context.projectId };
      const project = { resourceType: 'project' as const, resourceId: context.projectId, resourceName: null };
      await tx.actions.insert(auditAction(context, 'update', project, this.clock.now(), place));
      return movesPerMinute;
    });
  }

  async ofCluster(context: RequestContext, id: string): Promise<number> {
    authorize(context, 'node-cluster', 'read');
    return this.work.platformRead(async (tx) => {
      await reachCluster(tx, context, id, false);
      return (await tx.rebalance.movesPerMinute({ kind: 'node-cluster', id })) ?? 0;
    });
  }

  async setForCluster(context: RequestContext, id: string, movesPerMinute: number): Promise<number> {
    authorize(context, 'node-cluster', 'update');
    return this.work.platform(async (tx) => {
      const cluster = await reachCluster(tx, context, id, true);
      await tx.rebalance.setMovesPerMinute({ kind: 'node-cluster', id }, checkPerMinute(movesPerMinute));
      const place = { organizationId: cluster.organizationId, projectId: null };
      const changed = { resourceType: 'node-cluster' as const, resourceId: id, resourceName: cluster.name };
      await tx.actions.insert(auditAction(context, 'update', changed, this.clock.now(), place));
      return movesPerMinute;
    });
  }
}

/** Marks what is to move and wakes the reconcilers of its services; returns what was marked, by service. */
export async function beginMoves(tx: Transaction, moves: readonly PlannedMove[]) {
  const marked = new Map((await tx.rebalance.move(moves)).map(({ id, generation }) => [id, generation]));
  const services = [...new Set(moves.filter((move) => marked.has(move.containerId)).map((move) => move.serviceId))];
  await tx.outbox.add(services.map((id) => `service:${id}` as const));
  return services.map((serviceId) => ({
    serviceId,
    expectation: moves.flatMap(({ containerId, serviceId: of }) => {
      const generation = marked.get(containerId);
      return of === serviceId && generation !== undefined ? [{ containerId, state: 'moved' as const, generation }] : [];
    }),
  }));
}

const projectOf = (context: RequestContext): RebalanceScope => ({ kind: 'project', id: context.projectId });

function subject(records: readonly BalancedRecord[], serviceId: string) {
  const record = records.find((one) => one.serviceId === serviceId);
  return {
    ...{ resourceType: 'service' as const, resourceId: serviceId, resourceName: record?.serviceName ?? null },
    ...{ stackId: record?.stackId ?? null, serviceId },
  };
}

const stayingOf = ({ records }: LoadedRebalance): RebalanceProposal['staying'] =>
  records.flatMap((record) => {
    const reason = whyStays(record);
    return reason === null ? [] : [{ containerId: record.id, name: record.name, reason }];
  });

function checkMoves(moves: number): number {
  if (Number.isInteger(moves) && moves >= 1 && moves <= mostMoves) return moves;
  throw invalid('moves', `A plan has 1 to ${mostMoves} moves; ask again when they are done.`);
}

function checkPerMinute(moves: number): number {
  if (Number.isInteger(moves) && moves >= 0 && moves <= mostMoves) return moves;
  throw invalid('movesPerMinute', `From 0, which ends it, to ${mostMoves} moves a minute.`);
}

/** Clusters of others do not exist; those of the shared pool are seen by all and changed by the operator. */
async function reachCluster(tx: Transaction, context: RequestContext, id: string, toChange: boolean) {
  const { rows } = isId(id) ? await tx.nodes.clusters({ ids: [id], limit: 1, offset: 0 }) : { rows: [] };
  const cluster = rows[0];
  const own = cluster?.organizationId === context.organizationId;
  const mayReach = isOperator(context) || own || (!toChange && cluster?.organizationId === null);
  if (!cluster || !mayReach) throw notFound('node cluster');
  return cluster;
}
