import { Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;

describe('nodes and node clusters through the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let other: Tenant;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('hosts');
    other = await cloud.tenant('guests');
  });
  afterAll(() => cloud.close());
  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);

  it('are listed, tagged, put into clusters and removed', async () => {
    const node = await cloud.plane.node({ organizationId: tenant.organizationId });
    const uri = `/api/infra/v1/hosts/node/${node.id}/`;
    const cluster = await call('POST', '/api/infra/v1/nodecluster/', { name: 'racks', tags: [{ name: 'rack' }] });
    expect([cluster.status, cluster.body['state']]).toEqual([201, 'Empty cluster']);
    const clusterUri = cluster.body['resource_uri'] as string;
    const patched = await call('PATCH', uri, { tags: [{ name: 'ssd' }], nickname: 'left', node_cluster: clusterUri });
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({
      nickname: 'left',
      tags: ['ssd', 'byon', 'byon=true'].map((name) => ({ name })),
      node_cluster: clusterUri,
      state: 'Deployed',
      docker_version: '4.3.1',
    });
    expect((await call('GET', clusterUri)).body).toMatchObject({
      state: 'Deployed',
      nodes: [uri],
      current_num_nodes: 1,
      target_num_nodes: 1,
    });
    const found = async (query: string) =>
      ((await call('GET', `/api/infra/v1/node/?${query}`)).body as { objects: Body[] }).objects.map(
        (each) => each['uuid'],
      );
    expect(await found(`uuid__startswith=${node.id.slice(0, 8)}`)).toEqual([node.id]);
    expect(await found(`node_cluster=${clusterUri}`)).toEqual([node.id]);
    expect(await found('state=Unreachable')).toEqual([]);
    expect(await found('docker_version=4.3.1')).toEqual([node.id]);
    expect(await found('docker_version=1.5.0')).toEqual([]);
    expect((await call('POST', `${uri}health-check/`)).body).toMatchObject({ uuid: node.id });
    expect((await call('DELETE', clusterUri)).status).toBe(409);
    const removed = await call('DELETE', uri);
    expect([removed.status, removed.body['state']]).toEqual([200, 'Terminated']);
    // What has gone is still shown for an hour, and nothing can be done with it.
    expect((await call('GET', uri)).body).toMatchObject({
      state: 'Terminated',
      destroyed_datetime: expect.any(String),
    });
    expect(await found('state=Terminated')).toEqual([node.id]);
    expect(await found('state=Deployed')).toEqual([]);
    expect((await call('PATCH', uri, { nickname: 'gone' })).status).toBe(404);
    const actions = [patched, removed, cluster].map(({ headers }) => headers['x-dockercloud-action-uri'] ?? '');
    for (const [i, action] of ['Node Update', 'Node Remove', 'Node Cluster Create'].entries()) {
      expect((await call('GET', actions[i] ?? '')).body).toMatchObject({ action, state: 'Success' });
    }
    expect((await call('DELETE', clusterUri)).body).toMatchObject({ state: 'Terminated' });
    expect((await call('GET', clusterUri)).body).toMatchObject({ state: 'Terminated', nodes: [] });
    expect((await call('DELETE', clusterUri)).status).toBe(404);
    const clusters = async (query: string) =>
      ((await call('GET', `/api/infra/v1/nodecluster/?${query}`)).body as { objects: Body[] }).objects.length;
    expect([await clusters(''), await clusters('name=racks'), await clusters('state=Terminated')]).toEqual([1, 0, 1]);
    await cloud.plane.owner.query(`UPDATE node SET removed_at = removed_at - interval '2 hours' WHERE id = $1`, [
      node.id,
    ]);
    expect((await call('GET', uri)).status).toBe(404);
  });

  it('refuse what only a cloud provider could do, with a sentence', async () => {
    const make = (body: object) => call('POST', '/api/infra/v1/nodecluster/', { name: 'c', ...body });
    expect((await make({ region: '/api/infra/v1/region/aws/us-east-1/' })).body['error']).toMatch(
      /^region: no cloud provider/,
    );
    expect((await make({ target_num_nodes: 3 })).body['error']).toMatch(/^target_num_nodes: /);
    const { body } = await make({});
    const uri = body['resource_uri'] as string;
    expect((await call('POST', `${uri}deploy/`)).body['error']).toMatch(/join token/);
    expect((await call('PATCH', uri, { target_num_nodes: 2 })).status).toBe(400);
    expect((await call('PATCH', uri, { tags: ['a'] })).body).toMatchObject({
      tags: ['a', 'c', 'byon', 'byon=true'].map((name) => ({ name })),
    });
  });

  it('come from one provider, whose addresses resolve', async () => {
    const node = await cloud.plane.node({ organizationId: tenant.organizationId });
    const shown = (await call('GET', `/api/infra/v1/node/${node.id}/`)).body;
    const [provider] = ((await call('GET', '/api/infra/v1/provider/')).body as { objects: Body[] }).objects;
    const region = (await call('GET', shown['region'] as string)).body;
    const nodeType = (await call('GET', shown['node_type'] as string)).body;
    expect([region['provider'], nodeType['provider']]).toEqual([
      provider?.['resource_uri'],
      provider?.['resource_uri'],
    ]);
    expect([provider?.['regions'], region['node_types'], nodeType['regions']]).toEqual([
      [region['resource_uri']],
      [nodeType['resource_uri']],
      [region['resource_uri']],
    ]);
    expect((await call('GET', provider?.['resource_uri'] as string)).body).toEqual(provider);
    const counts = async (path: string) =>
      ((await call('GET', `/api/infra/v1/${path}`)).body as { meta: { total_count: number } }).meta.total_count;
    expect(await counts('az/')).toBe(0);
    expect((await call('GET', '/api/infra/v1/az/byon/byon/a/')).status).toBe(404);
    expect((await call('GET', '/api/infra/v1/region/aws/byon/')).status).toBe(404);
    expect(await counts('region/?provider=/api/infra/v1/provider/aws/')).toBe(0);
    expect(await counts(`region/?provider=${provider?.['resource_uri'] as string}&name=byon`)).toBe(1);
    expect(await counts('provider/?name=aws')).toBe(0);
    expect(await counts(`nodetype/?regions=${shown['region'] as string}`)).toBe(1);
    expect(await counts('node/?region=/api/infra/v1/region/aws/us-east-1/')).toBe(0);
    expect(await counts(`node/?node_type=${shown['node_type'] as string}`)).toBeGreaterThan(0);
    expect(await counts('hosts/region/')).toBe(1);
  });

  it('show the tags that services can be placed by', async () => {
    const mine = await cloud.plane.node({ organizationId: tenant.organizationId, tags: ['fast', 'shown'] });
    const cluster = await call('POST', '/api/infra/v1/nodecluster/', { name: 'tagged', tags: ['cold', 'fast'] });
    await call('PATCH', `/api/infra/v1/node/${mine.id}/`, { node_cluster: cluster.body['resource_uri'] });
    const tags = async (query = '', as = tenant) =>
      ((await cloud.call(as, 'GET', `/api/infra/v1/tag/${query}`)).body as { objects: Body[] }).objects.map(
        ({ name, origin }) => `${String(name)} ${String(origin)}`,
      );
    expect(await tags()).toEqual(expect.arrayContaining(['cold user', 'fast user', 'shown user', 'tagged tutum']));
    expect((await tags()).filter((each) => each === 'fast user')).toHaveLength(1);
    expect(await tags('?origin=tutum')).toEqual(['byon tutum', 'byon=true tutum', 'tagged tutum']);
    expect(await tags('?name=cold')).toEqual(['cold user']);
    expect(await tags('', other)).toEqual([]);
  });

  it('show inherited tags, which stay inherited when a client sends them back', async () => {
    const node = await cloud.plane.node({ organizationId: tenant.organizationId, tags: ['own'] });
    const cluster = await call('POST', '/api/infra/v1/nodecluster/', {
      name: 'heirs',
      tags: ['given'],
      nickname: 'Heirs',
    });
    const [uri, clusterUri] = [`/api/infra/v1/node/${node.id}/`, cluster.body['resource_uri'] as string];
    await call('PATCH', uri, { node_cluster: clusterUri });
    const tagsOf = async (path: string) =>
      ((await call('GET', path)).body as { tags: { name: string }[] }).tags.map(({ name }) => name);
    const shown = ['own', 'given', 'heirs', 'byon', 'byon=true'];
    expect(await tagsOf(uri)).toEqual(shown);
    await call('PATCH', uri, { tags: [...shown, 'more'].map((name) => ({ name })) });
    expect(await tagsOf(uri)).toEqual(['own', 'more', 'given', 'heirs', 'byon', 'byon=true']);
    await call('PATCH', clusterUri, { tags: [...(await tagsOf(clusterUri)), 'late'], nickname: 'All heirs' });
    expect(await call('GET', clusterUri)).toMatchObject({ body: { name: 'heirs', nickname: 'All heirs' } });
    await call('PATCH', uri, { node_cluster: null });
    expect(await tagsOf(uri)).toEqual(['own', 'more', 'byon', 'byon=true']);
    await call('PATCH', uri, { node_cluster: clusterUri });
    // Every tag that is shown is one to place by.
    const made = await call('POST', '/api/app/v1/service/', { image: 'x', name: 'heir', tags: await tagsOf(uri) });
    await call('POST', `${made.body['resource_uri'] as string}start/`);
    await cloud.plane.settle();
    const { objects } = (await call('GET', '/api/app/v1/container/?service__name=heir')).body as { objects: Body[] };
    expect(objects.map((container) => container['node'])).toEqual([`/api/infra/v1/hosts/node/${node.id}/`]);
  });

  it('of another organization are absent, those of the shared pool are seen and not changed', async () => {
    const own = await cloud.plane.node({ organizationId: tenant.organizationId });
    const shared = await cloud.plane.node();
    expect((await cloud.call(other, 'GET', `/api/infra/v1/node/${own.id}/`)).status).toBe(404);
    expect((await cloud.call(other, 'DELETE', `/api/infra/v1/node/${own.id}/`)).status).toBe(404);
    expect((await cloud.call(other, 'GET', `/api/infra/v1/node/${shared.id}/`)).status).toBe(200);
    expect((await cloud.call(other, 'DELETE', `/api/infra/v1/node/${shared.id}/`)).status).toBe(403);
  });
});
