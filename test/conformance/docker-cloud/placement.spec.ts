import { Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;

/** Where containers come and when they go, by the guides on strategies, tags, volumes, scaling and autodestroy. */
describe('placement and ends through the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let made = 0;
  beforeEach(async () => {
    cloud ??= await Cloud.open();
    tenant = await cloud.tenant(`place-${++made}`);
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  const rest = async () => {
    await cloud.plane.settle();
    cloud.plane.clock.advance(60_000);
    await cloud.plane.settle();
  };
  /** Of this organization only, so that no other test's containers count. */
  const nodes = async (...tags: string[][]): Promise<string[]> => {
    const own: string[] = [];
    for (const each of tags) {
      own.push((await cloud.plane.node({ organizationId: tenant.organizationId, tags: ['own', ...each] })).id);
    }
    return own;
  };
  const service = async (wish: Body, starts = true): Promise<string> => {
    const answer = await call('POST', '/api/app/v1/service/', { image: 'nginx', tags: ['own'], ...wish });
    expect([answer.status, answer.body['error']]).toEqual([201, undefined]);
    const uri = answer.body['resource_uri'] as string;
    if (starts) await call('POST', `${uri}start/`);
    await rest();
    return uri;
  };
  const containers = async (uri: string, state = 'Running'): Promise<Body[]> =>
    ((await call('GET', `/api/app/v1/container/?service=${uri}&state=${state}&limit=100`)).body as { objects: Body[] })
      .objects;
  const nodesOf = async (uri: string): Promise<string[]> =>
    (await containers(uri)).map((each) => String(each['node']).split('/').at(-2) ?? '').sort();
  const stateOf = async (uri: string) => (await call('GET', uri)).body['state'];

  it('EMPTIEST_NODE counts all containers, HIGH_AVAILABILITY those of the service', async () => {
    const [a = '', b = ''] = await nodes(['a'], ['b']);
    await service({ name: 'ballast', tags: ['a'], target_num_containers: 4 });
    const emptiest = await service({ name: 'emptiest', target_num_containers: 3 });
    expect(await nodesOf(emptiest)).toEqual([b, b, b]);
    const spread = await service({
      name: 'spread',
      target_num_containers: 4,
      deployment_strategy: 'HIGH_AVAILABILITY',
    });
    expect(await nodesOf(spread)).toEqual([a, a, b, b].sort());
  });

  it('EVERY_NODE is one on each node with its tags, new nodes too, and is not scaled by hand', async () => {
    const [a = '', , c = ''] = await nodes(['web'], ['db'], ['web']);
    const uri = await service({ name: 'agents', tags: ['web'], deployment_strategy: 'EVERY_NODE' });
    expect(await nodesOf(uri)).toEqual([a, c].sort());
    const [d = ''] = await nodes(['web']);
    await rest();
    expect(await nodesOf(uri)).toEqual([a, c, d].sort());
    for (const [method, path, body] of [
      ['PATCH', uri, { target_num_containers: 5 }],
      ['POST', `${uri}scale/`, undefined],
    ] as const) {
      const refused = await call(method, path, body);
      expect([path, refused.body['error']]).toEqual([path, expect.stringMatching(/cannot be scaled by hand/)]);
    }
    const strategy = await call('PATCH', uri, { deployment_strategy: 'EMPTIEST_NODE' });
    expect([strategy.status, strategy.body['error']]).toEqual([400, expect.stringMatching(/^A started service/)]);
  });

  it('tags have to be carried all, and take effect with a redeploy', async () => {
    const [a = '', b = ''] = await nodes(['staging'], ['staging', 'frontend']);
    const uri = await service({ name: 'app', tags: ['staging', 'frontend'] });
    expect(await nodesOf(uri)).toEqual([b]);
    const other = await service({ name: 'other', tags: ['staging'], target_num_containers: 2 });
    expect(await nodesOf(other)).toContain(a);
    await call('PATCH', other, { tags: [{ name: 'frontend' }] });
    await rest();
    expect((await call('GET', other)).body).toMatchObject({ synchronized: false });
    expect(await nodesOf(other)).toContain(a);
    await call('POST', `${other}redeploy/?reuse_volumes=false`);
    await rest();
    expect(await nodesOf(other)).toEqual([b, b]);
    expect((await call('GET', other)).body).toMatchObject({ synchronized: true });
  });

  it('a redeploy that uses volumes again fails where the tags do not fit their node any more', async () => {
    await nodes(['old'], ['new']);
    const uri = await service({ name: 'kept', tags: ['old'], bindings: [{ container_path: '/data' }] });
    const before = await nodesOf(uri);
    await call('PATCH', uri, { tags: ['new'] });
    const asked = await call('POST', `${uri}redeploy/`);
    for (let i = 0; i < 12; i++) await rest();
    const action = await call('GET', asked.headers['x-dockercloud-action-uri'] ?? '');
    expect(action.body['state']).toBe('Failed');
    expect((await call('POST', `${uri}redeploy/?reuse_volumes=false`)).status).toBe(202);
    await rest();
    expect(await nodesOf(uri)).not.toEqual(before);
  });

  it('volumes_from brings a service to the nodes of its source, which cannot be terminated meanwhile', async () => {
    await nodes([], [], []);
    const source = await service({ name: 'source', bindings: [{ container_path: '/data' }] });
    const user = await service({ name: 'user', bindings: [{ volumes_from: source }], target_num_containers: 2 });
    const [where = ''] = await nodesOf(source);
    expect(await nodesOf(user)).toEqual([where, where]);
    const refused = await call('DELETE', source);
    expect([refused.status, refused.body['error']]).toEqual([
      409,
      'Service "source" cannot be terminated while "user" uses its volumes.',
    ]);
    await call('DELETE', user);
    await rest();
    expect((await call('DELETE', source)).status).toBe(202);
    await rest();
    expect(await stateOf(source)).toBe('Terminated');
  });

  it('a sequential service links each container to those before it', async () => {
    await nodes([], []);
    const node = cloud.plane.nodes.slice(-2);
    for (const each of node) {
      each.behave = ({ containerId }) => ({
        state: 'running',
        address: `10.64.0.${(parseInt(containerId, 16) % 200) + 1}`,
      });
    }
    const uri = await service({ name: 'chain', sequential_deployment: true, target_num_containers: 3 });
    await rest();
    await rest();
    const all = (await containers(uri)).sort((x, y) => (String(x['name']) < String(y['name']) ? -1 : 1));
    expect(all.map((each) => each['name'])).toEqual(['chain-1', 'chain-2', 'chain-3']);
    const linked = all.map((each) => (each['linked_to_container'] as Body[]).map(({ name }) => name));
    expect(linked).toEqual([[], ['chain_1'], ['chain_1', 'chain_2']]);
  });

  it.each([
    ['OFF', 'OFF', 0, 'Stopped'],
    ['OFF', 'OFF', 1, 'Stopped'],
    ['OFF', 'ON_SUCCESS', 0, 'Terminated'],
    ['OFF', 'ON_SUCCESS', 1, 'Stopped'],
    ['OFF', 'ALWAYS', 0, 'Terminated'],
    ['OFF', 'ALWAYS', 1, 'Terminated'],
    ['ON_FAILURE', 'OFF', 0, 'Stopped'],
    ['ON_FAILURE', 'ON_SUCCESS', 0, 'Terminated'],
    ['ON_FAILURE', 'ALWAYS', 0, 'Terminated'],
  ] as const)('autorestart %s with autodestroy %s after exit code %i is %s', async (restart, destroy, code, state) => {
    await nodes([]);
    const uri = await service({ name: 'job', autorestart: restart, autodestroy: destroy });
    const [container] = await containers(uri);
    await cloud.plane.nodes.at(-1)?.change(String(container?.['uuid']), {
      state: 'exited',
      exitCode: code,
      finishedAt: new Date(),
    });
    await rest();
    expect((await call('GET', container?.['resource_uri'] as string)).body).toMatchObject({ state, exit_code: code });
  });

  it.each(['ON_SUCCESS', 'ALWAYS'])('autorestart ALWAYS with autodestroy %s is refused', async (destroy) => {
    const wish = { image: 'nginx', name: 'x', autorestart: 'ALWAYS', autodestroy: destroy };
    expect((await call('POST', '/api/app/v1/service/', wish)).status).toBe(400);
  });
});
