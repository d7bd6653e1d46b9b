import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { Plane, type SimulatedNode } from './plane.js';

const template = { image: 'localhost/pierhead/sample:latest' };
const drainMs = 10_000;

interface PoolRow {
  id: string;
  name: string;
  revision: number;
  desired: string;
  state: string;
  pool: string;
  known: boolean;
}

describe('the order of containers in the pool of the edges', () => {
  let plane: Plane;
  let tenant: RequestContext;
  let nodes: SimulatedNode[];
  let edge: SimulatedNode;

  beforeEach(async () => {
    plane = await Plane.create();
    tenant = await plane.tenant();
    nodes = [await plane.node(), await plane.node()];
    edge = await plane.node({ roles: ['edge'] });
    await plane.owner.query(`UPDATE node SET schedulable = false WHERE id = $1`, [edge.id]);
  });
  afterEach(() => plane.close());

  const route = async (serviceId: string, owned = true) => {
    const id = newId();
    await plane.owner.query(
      `INSERT INTO route (id, organization_id, project_id, kind, host, path, owned, health_check, drain_ms)
       VALUES ($1, $2, $3, 'http', $4, '/', $5, '{"kind":"none"}', $6)`,
      [id, tenant.organizationId, tenant.projectId, `${id}.example.com`, owned, drainMs],
    );
    await plane.owner.query(
      `INSERT INTO route_target (route_id, position, organization_id, service_id, port, weight) VALUES ($1, 0, $2, $3, 80, 100)`,
      [id, tenant.organizationId, serviceId],
    );
    return id;
  };

  /** The edge has in force what is committed now. */
  const confirm = async (serviceId: string) => {
    await plane.owner.query(
      `INSERT INTO edge_state (node_id, project_id, organization_id, version)
       VALUES ($1, $2, $3, pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
       ON CONFLICT (node_id, project_id) DO UPDATE SET version = excluded.version`,
      [edge.id, tenant.projectId, tenant.organizationId],
    );
    await plane.work.platform((tx) => tx.outbox.add([`service:${serviceId}`]));
  };

  const pool = (serviceId: string): Promise<PoolRow[]> =>
    plane.owner.query(
      `SELECT c.id, c.name, c.revision, c.desired, c.state, c.pool,
              coalesce((SELECT e.version > c.pool_changed_xid FROM edge_state e WHERE e.project_id = c.project_id), false) AS known
         FROM container c WHERE c.service_id = $1 AND c.removed_at IS NULL ORDER BY c.ordinal, c.created_at`,
      [serviceId],
    );
  const standing = async (serviceId: string) =>
    (await pool(serviceId)).map((one) => `${one.name}@${one.revision} ${one.desired} ${one.pool}`);
  const served = async (serviceId: string) =>
    (await pool(serviceId)).filter(
      (one) => one.state === 'running' && (one.pool === 'in' || (one.pool === 'joining' && one.known)),
    ).length;
  const state = async (serviceId: string) => (await plane.serviceQueries.get(tenant, serviceId)).state;

  const routedService = async (replicas = 2, input = {}) => {
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas, ...input });
    await route(service.id);
    await plane.services.start(tenant, service.id);
    await plane.settle();
    await confirm(service.id);
    await plane.settle();
    return service.id;
  };

  it('calls a service running when its containers are in the pool', async () => {
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas: 2 });
    await route(service.id);
    await plane.services.start(tenant, service.id);
    await plane.settle();
    expect(await standing(service.id)).toEqual(['web-1@1 running joining', 'web-2@1 running joining']);
    expect(await state(service.id)).toBe('starting');
    await confirm(service.id);
    await plane.settle();
    expect(await standing(service.id)).toEqual(['web-1@1 running in', 'web-2@1 running in']);
    expect(await state(service.id)).toBe('running');
  }, 60_000);

  it('replaces them one by one, the new one in the pool before the old one leaves, which ends when it has left', async () => {
    const id = await routedService();
    await plane.services.redeploy(tenant, id);
    const seen: string[][] = [];
    for (let turn = 0; (await state(id)) === 'redeploying' && turn < 20; turn += 1) {
      await plane.settle();
      seen.push(await standing(id));
      expect(await served(id)).toBeGreaterThanOrEqual(2);
      // What has not left yet is nothing that an agent may stop.
      const leaving = (await pool(id)).filter((one) => one.pool === 'leaving');
      for (const one of leaving) {
        const held = nodes.flatMap((node) => [...node.held.values()]);
        expect(held.find((each) => each.assignment.containerId === one.id)?.assignment.desired).toBe('running');
      }
      await confirm(id);
      plane.clock.advance(3_000);
    }
    expect(seen).toContainEqual(['web-1@1 running in', 'web-1@2 running joining', 'web-2@1 running in']);
    expect(seen).toContainEqual([
      'web-1@1 removed leaving',
      'web-1@2 running in',
      'web-2@1 running in',
      'web-2@2 running joining',
    ]);
    expect(await standing(id)).toEqual(['web-1@2 running in', 'web-2@2 running in']);
  }, 60_000);

  it('tells an agent to stop only what has left', async () => {
    const id = await routedService(1);
    await plane.services.stop(tenant, id);
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 stopped leaving']);
    expect([(await pool(id))[0]?.state, await state(id)]).toEqual(['running', 'stopping']);
    await confirm(id);
    await plane.settle();
    expect([await standing(id), await state(id)]).toEqual([['web-1@1 stopped out'], 'stopped']);
  }, 60_000);

  it('takes a service back in that is started before its containers have left', async () => {
    const id = await routedService(1);
    await plane.services.stop(tenant, id);
    await plane.settle();
    await plane.owner.query(`UPDATE service SET state = 'stopped' WHERE id = $1`, [id]);
    await plane.services.start(tenant, id);
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 running joining']);
    await confirm(id);
    await plane.settle();
    expect([await standing(id), await state(id)]).toEqual([['web-1@1 running in'], 'running']);
    expect(await plane.owner.query(`SELECT incarnation FROM container WHERE service_id = $1`, [id])).toEqual([
      { incarnation: 1 },
    ]);
  }, 60_000);

  it('lets one container that its user restarts leave, start again and join', async () => {
    const id = await routedService(1);
    const [one] = await pool(id);
    const { action } = await plane.containers.restart(tenant, one?.id ?? '');
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 running leaving']);
    const nonce = () => nodes.flatMap((node) => [...node.held.values()])[0]?.assignment.restartNonce;
    expect(nonce()).toBe(0);
    await confirm(id);
    await plane.settle();
    expect([await standing(id), nonce()]).toEqual([['web-1@1 running out'], 1]);
    const holder = nodes.find((node) => node.held.has(one?.id ?? ''));
    await holder?.change(one?.id ?? '', { incarnation: 2, startedAt: new Date() });
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 running joining']);
    const ended = await plane.work.tenantRead(tenant, (tx) => tx.actions.get(action.id));
    expect(ended?.state).toBe('success');
  }, 60_000);

  it('waits for an edge whose session is gone, and for a silent one no longer than it has patience', async () => {
    const id = await routedService(1);
    await plane.directory.closeSession(edge.id, edge.epoch);
    await plane.services.stop(tenant, id);
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 stopped leaving']);
    plane.clock.advance(drainMs + 4_000);
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 stopped leaving']);
    plane.clock.advance(2_000);
    await plane.settle();
    expect(await standing(id)).toEqual(['web-1@1 stopped out']);
  }, 60_000);

  it('waits for nobody when the last edge is lost', async () => {
    const id = await routedService(1);
    await plane.services.stop(tenant, id);
    await plane.settle();
    await plane.owner.query(`UPDATE node SET state = 'lost' WHERE id = $1`, [edge.id]);
    await plane.reconcile(`service:${id}`);
    expect(await standing(id)).toEqual(['web-1@1 stopped out']);
  }, 60_000);

  it('asks no edge about a service without a route, nor about one whose host belongs to somebody else', async () => {
    const { service } = await plane.services.create(tenant, { name: 'web', template, replicas: 1 });
    await route(service.id, false);
    await plane.services.start(tenant, service.id);
    await plane.settle();
    expect([await standing(service.id), await state(service.id)]).toEqual([['web-1@1 running none'], 'running']);
  }, 60_000);

  it('tells edges of every change that concerns them', async () => {
    const id = await routedService(1);
    const events = () =>
      plane.owner.query(`SELECT resource_id, state FROM event WHERE type = 'network' AND project_id = $1`, [
        tenant.projectId,
      ]);
    expect(await events()).toEqual([{ resource_id: tenant.projectId, state: 'pool' }]);
    await plane.services.stop(tenant, id);
    await plane.settle();
    expect(await events()).toHaveLength(2);
  }, 60_000);
});
