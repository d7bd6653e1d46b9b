import { newId } from '#libs/platform/id.js';
import { aDeployment, anAction, aService, aTenant, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let tenant: Tenant;
beforeAll(async () => {
  store = await openStore();
});
beforeEach(async () => {
  tenant = await aTenant(store);
});
afterAll(() => store.close());

const minutes = (count: number) => new Date(Date.UTC(2026, 0, 1) + count * 60_000);

describe('deployments', () => {
  it('are open one at a time for each service', async () => {
    const service = aService(tenant);
    const [first, second] = [aDeployment(service), aDeployment(service, { startedAt: new Date(Date.now() + 1_000) })];
    await store.work.tenant(tenant, async (tx) => {
      await tx.services.insert(service);
      await tx.deployments.insert(first);
      expect(await tx.deployments.open(service.id)).toEqual(first);
    });
    await expect(store.work.tenant(tenant, (tx) => tx.deployments.insert(second))).rejects.toMatchObject({
      constraint: 'deployment_open_key',
    });
    await store.work.tenant(tenant, async (tx) => {
      const at = new Date();
      const ended = await tx.deployments.endOpen(service.id, 'superseded', 'Another one took over.', at);
      expect(ended).toEqual({ ...first, state: 'superseded', message: 'Another one took over.', endedAt: at });
      expect(await tx.deployments.endOpen(service.id, 'canceled', 'Again.', at)).toBeNull();
      await tx.deployments.insert(second);
      const listed = await tx.deployments.list(tenant.projectId, service.id, 10);
      expect(listed.map((deployment) => deployment.id)).toEqual([second.id, first.id]);
    });
  });

  it('come back as they were last written', async () => {
    const service = aService(tenant);
    const deployment = aDeployment(service, { actionId: newId(), fromRevision: 1, toRevision: 2 });
    const at = new Date();
    const changed = {
      ...deployment,
      state: 'rolling-back' as const,
      rollingBack: true,
      progressSlots: 2,
      message: 'It failed.',
      lastProgressAt: at,
      completeSince: at,
      deadlineAt: at,
    };
    await store.work.tenant(tenant, async (tx) => {
      await tx.services.insert(service);
      await tx.deployments.insert(deployment);
      await tx.deployments.update(changed);
      expect(await tx.deployments.ofAction(deployment.actionId ?? '')).toEqual([changed]);
    });
  });
});

describe('actions', () => {
  it('come back as they were written', async () => {
    const action = anAction(tenant, {
      expectation: [{ containerId: newId(), state: 'running', generation: 3 }],
      deadlineAt: new Date(),
      retryOf: newId(),
    });
    await store.work.tenant(tenant, async (tx) => {
      await tx.actions.insert(action);
      expect(await tx.actions.get(action.id)).toEqual(action);
    });
    const other = await aTenant(store);
    expect(await store.work.tenantRead(other, (tx) => tx.actions.get(action.id))).toBeNull();
  });

  it('end once', async () => {
    const action = anAction(tenant);
    await store.work.tenant(tenant, (tx) => tx.actions.insert(action));
    const moves = await Promise.all(
      (['success', 'failed', 'canceled'] as const).map((state) =>
        store.work.tenant(tenant, (tx) => tx.actions.move(action.id, state, null, new Date())),
      ),
    );
    expect(moves.filter(Boolean)).toHaveLength(1);
  });

  it('are listed by any filter, newest first, in pages that know the total', async () => {
    const stackId = newId();
    const [old, middle, fresh] = [
      anAction(tenant, { startedAt: minutes(0), state: 'success', endedAt: minutes(5), resourceId: stackId }),
      anAction(tenant, { startedAt: minutes(1), state: 'failed', endedAt: minutes(2), stackId }),
      anAction(tenant, { startedAt: minutes(2), projectId: null, resourceType: 'node' }),
    ];
    const foreign = anAction({ ...tenant, projectId: newId() }, { startedAt: minutes(3) });
    await store.work.tenant(tenant, async (tx) => {
      for (const action of [old, middle, fresh, foreign]) await tx.actions.insert(action);
      const list = async (
        filter: Partial<Parameters<typeof tx.actions.list>[2]>,
        projectId: string | null = tenant.projectId,
      ) => {
        const found = await tx.actions.list(tenant.organizationId, projectId, { limit: 10, offset: 0, ...filter });
        return [found.rows.map((action) => action.id), found.total];
      };
      expect(await list({})).toEqual([[fresh.id, middle.id, old.id], 3]);
      expect(await list({}, null)).toEqual([[foreign.id, fresh.id, middle.id, old.id], 4]);
      expect(await list({ limit: 1, offset: 1 })).toEqual([[middle.id], 3]);
      expect(await list({ offset: 10 })).toEqual([[], 3]);
      expect(await list({ ids: [old.id] })).toEqual([[old.id], 1]);
      expect(await list({ states: ['failed', 'success'] })).toEqual([[middle.id, old.id], 2]);
      expect(await list({ resourceId: stackId })).toEqual([[old.id], 1]);
      expect(await list({ resourceId: stackId, includeRelated: true })).toEqual([[middle.id, old.id], 2]);
      expect(await list({ startedFrom: minutes(1), startedTo: minutes(1) })).toEqual([[middle.id], 1]);
      expect(await list({ endedFrom: minutes(3) })).toEqual([[old.id], 1]);
      expect(await list({ endedTo: minutes(3) })).toEqual([[middle.id], 1]);
    });
    const other = await aTenant(store);
    const listed = await store.work.tenantRead(other, (tx) =>
      tx.actions.list(tenant.organizationId, null, { limit: 10, offset: 0 }),
    );
    expect(listed).toEqual({ rows: [], total: 0 });
  });

  it('are found while they wait for containers, or past their deadline', async () => {
    const serviceId = newId();
    const expectation = [{ containerId: newId(), state: 'running' as const, generation: 1 }];
    const [waiting, lone, ended, late] = [
      anAction(tenant, { serviceId, expectation }),
      anAction(tenant, { resourceId: serviceId, expectation, deadlineAt: minutes(20) }),
      anAction(tenant, { serviceId, expectation, endedAt: new Date() }),
      anAction(tenant, { deadlineAt: minutes(10) }),
    ];
    await store.work.platform(async (tx) => {
      for (const action of [waiting, lone, ended, late]) await tx.actions.insert(action);
      const open = await tx.actions.openExpectations(serviceId);
      expect(new Set(open.map((action) => action.id))).toEqual(new Set([waiting.id, lone.id]));
      const overdue = async (at: Date) => (await tx.actions.overdue(at, 10)).map((action) => action.id);
      expect(await overdue(minutes(15))).toEqual([late.id]);
      expect(await overdue(minutes(25))).toEqual([late.id, lone.id]);
    });
  });

  it('know how their deployments ended', async () => {
    const [first, second, action] = [aService(tenant), aService(tenant), anAction(tenant)];
    await store.work.tenant(tenant, async (tx) => {
      await tx.actions.insert(action);
      for (const service of [first, second]) {
        await tx.services.insert(service);
        await tx.deployments.insert(aDeployment(service, { actionId: action.id }));
      }
      await tx.deployments.endOpen(second.id, 'canceled', 'Canceled.', new Date());
      const states = await tx.actions.deploymentStates(action.id);
      expect(states.map((one) => [one.serviceName, one.message]).sort()).toEqual(
        [
          [first.name, null],
          [second.name, 'Canceled.'],
        ].sort(),
      );
    });
  });
});
