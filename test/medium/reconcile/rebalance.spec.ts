import { RebalanceRunner } from '#libs/core/rebalance/rebalance.runner.js';
import { RebalanceService } from '#libs/core/rebalance/rebalance.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { createLog } from '#libs/platform/log.js';
import { Plane, type SimulatedNode } from './plane.js';

const template = { image: 'localhost/pierhead/sample:latest' };

describe('rebalancing', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let first: SimulatedNode;
  let rebalance: RebalanceService;
  let runner: RebalanceRunner;

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    first = await plane.node();
    rebalance = new RebalanceService(plane.work, plane.clock);
    runner = new RebalanceRunner(plane.work, plane.clock, createLog('test', 'silent'));
  });
  afterEach(() => plane.close());

  const service = async (name: string, replicas: number, input = {}) => {
    const made = await plane.services.create(tenant, { name, template, replicas, ...input });
    await plane.services.start(tenant, made.service.id);
    await plane.settle();
    return made.service.id;
  };
  const perNode = async (): Promise<Record<string, number>> => {
    const rows = await plane.owner.query<{ node_id: string; n: number }[]>(
      `SELECT node_id, count(*)::int AS n FROM container WHERE removed_at IS NULL GROUP BY node_id`,
    );
    return Object.fromEntries(rows.map((row) => [row.node_id, row.n]));
  };
  const actionStates = async () =>
    (await plane.owner.query<{ state: string }[]>(`SELECT state FROM action WHERE verb = 'rebalance'`)).map(
      (row) => row.state,
    );

  it('says what it would move and why, and moves nothing', async () => {
    await service('web', 4);
    const kept = await service('kept', 1, {
      template: { ...template, mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] },
    });
    const second = await plane.node();
    const proposal = await rebalance.propose(tenant, 10);
    expect(proposal.moves).toHaveLength(2);
    expect(proposal.moves[0]).toMatchObject({ fromNodeId: first.id, toNodeId: second.id });
    expect(proposal.moves[0]?.reason).toMatch(/^Container "web-1" goes from "node-1" to "node-2"/);
    expect([proposal.before, proposal.after]).toEqual([
      { fewest: 0, most: 5 },
      { fewest: 2, most: 3 },
    ]);
    expect(proposal.staying).toEqual([expect.objectContaining({ name: 'kept-1', reason: 'It has volumes.' })]);
    expect(proposal.moves.map((move) => move.serviceId)).not.toContain(kept);
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 5 });
  }, 60_000);

  it('moves them, the new one first, and ends its action when all are moved', async () => {
    const id = await service('web', 4);
    const second = await plane.node();
    const { plan, actions } = await rebalance.run(tenant, 10);
    expect([plan.moves.length, actions.length]).toEqual([2, 1]);
    expect(await actionStates()).toEqual(['in-progress']);
    // Nothing of the old ends before its successor runs.
    second.silent = true;
    await plane.settle();
    expect((await perNode())[first.id]).toBe(4);
    second.silent = false;
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 2, [second.id]: 2 });
    expect(await actionStates()).toEqual(['success']);
    expect((await plane.serviceQueries.get(tenant, id)).state).toBe('running');
    expect((await rebalance.propose(tenant, 10)).moves).toEqual([]);
  }, 60_000);

  it('keeps a container where it is when its place was taken meanwhile, and says so', async () => {
    await service('web', 4);
    const second = await plane.node();
    await rebalance.run(tenant, 1);
    await plane.owner.query(`UPDATE node SET schedulable = false WHERE id = $1`, [second.id]);
    await plane.settle();
    plane.clock.advance(2_000);
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 4 });
    expect(await actionStates()).toEqual(['failed']);
    expect(await plane.owner.query(`SELECT id FROM container WHERE move_to IS NOT NULL`)).toEqual([]);
  }, 60_000);

  it('does so by itself for a project that asked for it, so many a minute', async () => {
    await service('web', 6);
    const second = await plane.node();
    await runner.look();
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 6 });

    await rebalance.setForProject(tenant, 2);
    await runner.look();
    await runner.look();
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 4, [second.id]: 2 });
    plane.clock.advance(61_000);
    await runner.look();
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 3, [second.id]: 3 });
  }, 60_000);

  it('stays within the cluster that asked for it', async () => {
    const cluster = newId();
    await plane.owner.query(`INSERT INTO node_cluster (id, organization_id, name) VALUES ($1, $2, 'blue')`, [
      cluster,
      tenant.organizationId,
    ]);
    const join = (node: SimulatedNode) =>
      plane.owner.query(`UPDATE node SET node_cluster_id = $2 WHERE id = $1`, [node.id, cluster]);
    await service('web', 4);
    const [outside, inside] = [await plane.node(), await plane.node()];
    await Promise.all([join(first), join(inside)]);
    await rebalance.setForCluster(tenant, cluster, 10);
    expect(await rebalance.ofCluster(tenant, cluster)).toBe(10);
    await runner.look();
    await plane.settle();
    expect(await perNode()).toEqual({ [first.id]: 2, [inside.id]: 2 });
    expect(outside.held.size).toBe(0);
    await expect(rebalance.setForCluster(await plane.tenant(), cluster, 1)).rejects.toMatchObject({
      code: 'not-found',
    });
  }, 60_000);

  it.each([0, 101, 1.5])('refuses a plan of %s moves', async (moves) => {
    await expect(rebalance.propose(tenant, moves)).rejects.toMatchObject({ code: 'invalid' });
    await expect(rebalance.run(tenant, moves)).rejects.toMatchObject({ code: 'invalid' });
  });
});
