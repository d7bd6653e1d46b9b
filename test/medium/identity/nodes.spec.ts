import { NodeEnrollment } from '#libs/core/node/enrollment.port.js';
import { UnitOfWork, type Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { newCertificateRequest } from '#apps/agent/identity/certificate-request.js';
import { aContainer } from '../store/records.js';
import { World, type Founded } from './world.js';

let world: World;
let work: UnitOfWork;
beforeAll(async () => {
  world = await World.open();
  work = world.api.app.get(UnitOfWork as never, { strict: false });
});
afterAll(() => world.close());

async function aNode(as: string, wish: Record<string, unknown> = {}): Promise<string> {
  const made = await world.api.call('/api/v1/join-tokens', { as, body: wish });
  const [, tokenId = '', tokenSecret = ''] = String(made.body['token']).split('.');
  const { csrPem } = newCertificateRequest('x');
  const enrollment = world.api.app.get<NodeEnrollment>(NodeEnrollment as never, { strict: false });
  return (await enrollment.join({ tokenId, tokenSecret, csrPem, nodeName: 'node', address: '10.0.0.1' })).nodeId;
}
const post = (as: string, path: string) => world.api.call(path, { method: 'POST', as });
const keysOf = async (node: string) => {
  const keys = await work.platform((tx) =>
    (tx as Transaction & Sql).sql.vary<{ key: string }>('SELECT key FROM outbox'),
  );
  return keys.filter((row) => row.key === `node:${node}`).length;
};
interface Sql {
  sql: { vary<T>(text: string): Promise<T[]> };
}

describe('a node of an organization', () => {
  let founded: Founded;
  let node: string;
  beforeEach(async () => {
    founded = await world.found();
    node = await aNode(founded.apiKey);
  });

  it('is cordoned, drained and taken back by its owner, and the reconcilers are told each time', async () => {
    const before = await keysOf(node);
    const path = `/api/v1/nodes/${node}`;
    expect((await post(founded.apiKey, `${path}/cordon`)).body).toMatchObject({ schedulable: false, draining: false });
    expect((await post(founded.apiKey, `${path}/drain`)).body).toMatchObject({ schedulable: false, draining: true });
    expect((await post(founded.apiKey, `${path}/uncordon`)).body).toMatchObject({ schedulable: true, draining: false });
    expect((await keysOf(node)) - before).toBe(3);
    const audit = await world.api.call(`/api/v1/organizations/${founded.organization.id}/actions?resourceType=node`, {
      as: founded.apiKey,
    });
    const verbs = (audit.body['items'] as { verb: string }[]).map((each) => each.verb);
    expect(verbs).toEqual(['uncordon', 'drain', 'cordon', 'join']);
  });

  it('comes into a cluster of its organization and into no other', async () => {
    const cluster = async (as: string) => {
      const made = await world.api.call('/api/v1/node-clusters', { as, body: { name: 'c', tags: ['eu'] } });
      return made.body['id'] as string;
    };
    const [own, foreign] = [await cluster(founded.apiKey), await cluster((await world.found()).apiKey)];
    const patch = (nodeClusterId: string) =>
      world.api.call(`/api/v1/nodes/${node}`, { method: 'PATCH', as: founded.apiKey, body: { nodeClusterId } });
    expect((await patch(own)).body).toMatchObject({ nodeCluster: { id: own } });
    expect((await patch(foreign)).status).toBe(404);
    const refused = await world.api.call(`/api/v1/node-clusters/${own}`, { method: 'DELETE', as: founded.apiKey });
    expect(refused.body).toMatchObject({ error: { code: 'state' } });
    const views = await work.platformRead((tx) => tx.nodes.candidates(founded.organization.id, null));
    expect(views.find((each) => each.id === node)?.tags).toEqual(['eu', 'c', 'byon', 'byon=true']);
  });

  it('is not removed while it has containers, unless forced: then they count as lost', async () => {
    const tenant = { organizationId: founded.organization.id, projectId: founded.project.id };
    const container = aContainer(tenant);
    await work.platform(async (tx) => {
      await tx.containers.insert([container]);
      await tx.containers.place([{ id: container.id, nodeId: node, hostPorts: [] }]);
    });
    const remove = (query: string) =>
      world.api.call(`/api/v1/nodes/${node}${query}`, { method: 'DELETE', as: founded.apiKey });
    expect((await remove('')).body).toMatchObject({
      error: { code: 'state', message: 'The node still has 1 containers; drain it first, or force.' },
    });
    expect((await remove('?force=true')).status).toBe(204);
    expect((await world.api.call(`/api/v1/nodes/${node}`, { as: founded.apiKey })).status).toBe(404);
    const lost = await work.platformRead((tx) => tx.containers.get(tenant.projectId, container.id));
    expect(lost?.observed.state).toBe('lost');
  });
});

describe('a node of the shared pool', () => {
  it('is seen by every tenant and changed by the operator alone', async () => {
    const node = await aNode(world.operator, { pool: 'shared' });
    const { apiKey } = await world.found();
    expect((await world.api.call(`/api/v1/nodes/${node}`, { as: apiKey })).status).toBe(200);
    const refused = await post(apiKey, `/api/v1/nodes/${node}/drain`);
    expect(refused.body).toMatchObject({ error: { code: 'forbidden' } });
    expect((await post(world.operator, `/api/v1/nodes/${node}/drain`)).status).toBe(200);
    const token = await world.api.call('/api/v1/join-tokens', { as: apiKey, body: { pool: 'shared' } });
    expect(token.body).toMatchObject({ error: { code: 'forbidden' } });
  });
});

describe('the platform’s own audit trail', () => {
  it('has users and logins, for the operator', async () => {
    const { user, apiKey } = await world.found();
    await world.login(user.name);
    const path = `/api/v1/platform/actions?user=${user.name}`;
    expect((await world.api.call(path, { as: apiKey })).status).toBe(403);
    const page = await world.api.call(path, { as: world.operator });
    expect(page.body['items']).toMatchObject([{ verb: 'login', resource: { type: 'session' }, organizationId: null }]);
  });

  it('is not shown in a project, nor are the organization’s keys and members', async () => {
    const founded = await world.found();
    await world.key(founded);
    const page = await world.api.call(`/api/v1/projects/${founded.project.id}/actions`, { as: founded.apiKey });
    expect(page.body['items']).toEqual([]);
  });
});
