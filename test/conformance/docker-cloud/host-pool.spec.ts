import { Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;

// real: PostgreSQL, HTTP, the reconcilers; fake: nodes
describe('node clusters of the operator’s hosts', () => {
  let cloud: Cloud;
  let harbor: Tenant;
  let guests: Tenant;
  beforeAll(async () => {
    cloud = await Cloud.open();
    harbor = await cloud.tenant('claimers');
    guests = await cloud.tenant('rivals');
  });
  afterAll(() => cloud.close());
  const call = (method: string, path: string, body?: unknown, as = harbor) => cloud.call(as, method, path, body);
  const region = (name: string) => `/api/infra/v1/region/pool/${name}/`;
  const small = '/api/infra/v1/nodetype/pool/small/';

  async function hosts(where: string, zones: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const zone of zones) {
      const { id } = await cloud.plane.node();
      const labels = JSON.stringify({ region: where, type: 'small', zone });
      await cloud.plane.owner.query(`UPDATE node SET claimable = true, labels = $2 WHERE id = $1`, [id, labels]);
      ids.push(id);
    }
    return ids;
  }
  const make = (where: string, size: number, as = harbor) =>
    call(
      'POST',
      '/api/infra/v1/nodecluster/',
      { name: `c-${where}`, region: region(where), node_type: small, target_num_nodes: size },
      as,
    );
  const uriOf = ({ body }: { body: Body }) => body['resource_uri'] as string;

  it('are offered with their regions, zones and types, and seen by no tenant while nobody has claimed them', async () => {
    const [id] = await hosts('fra', ['a', 'b']);
    const { body } = await call('GET', region('fra'));
    expect(body).toMatchObject({
      name: 'fra',
      available: true,
      provider: '/api/infra/v1/provider/pool/',
      node_types: [small],
      availability_zones: ['/api/infra/v1/az/pool/fra/a/', '/api/infra/v1/az/pool/fra/b/'],
    });
    expect((await call('GET', '/api/infra/v1/az/pool/fra/b/')).body).toMatchObject({
      name: 'b',
      region: region('fra'),
    });
    expect((await call('GET', small)).body).toMatchObject({ regions: [region('fra')], available: true });
    expect((await call('GET', '/api/infra/v1/provider/pool/')).body).toMatchObject({ regions: [region('fra')] });
    expect((await call('GET', `/api/infra/v1/node/${id}/`)).status).toBe(404);
  });

  it('take no containers of anybody before they are claimed', async () => {
    const made = await call('POST', '/api/app/v1/service/', { name: 'early', image: 'busybox' });
    await call('POST', `${uriOf(made)}start/`);
    await cloud.plane.settle();
    expect((await call('GET', uriOf(made))).body['state']).not.toBe('Running');
    await call('DELETE', uriOf(made));
    await cloud.plane.settle();
  });

  it('claim their hosts all or none, over the zones, and scale up and down with the containers moved first', async () => {
    await hosts('ams', ['a', 'a', 'b']);
    const cluster = await make('ams', 2);
    expect([cluster.status, cluster.body['state'], cluster.body['target_num_nodes']]).toEqual([201, 'Init', 2]);
    const uri = uriOf(cluster);
    const deployed = await call('POST', `${uri}deploy/`);
    expect(deployed.body).toMatchObject({ state: 'Deployed', current_num_nodes: 2 });
    const nodes = await Promise.all(
      (deployed.body['nodes'] as string[]).map(async (node) => (await call('GET', node)).body),
    );
    expect(nodes.map((node) => node['availability_zone']).sort()).toEqual(
      ['a', 'b'].map((zone) => `/api/infra/v1/az/pool/ams/${zone}/`),
    );
    expect(nodes[0]).toMatchObject({ region: region('ams'), node_type: small });
    expect((await call('GET', deployed.body['nodes']?.[0 as never] ?? '', undefined, guests)).status).toBe(404);
    expect((await call('POST', `${uri}deploy/`)).status).toBe(409);

    const tooMany = await call('PATCH', uri, { target_num_nodes: 4 });
    expect([tooMany.status, tooMany.body['error']]).toEqual([
      503,
      expect.stringMatching(/^2 more hosts of type "small" in region "ams" are needed and 1 are free/),
    ]);
    expect((await call('GET', uri)).body).toMatchObject({ target_num_nodes: 2, current_num_nodes: 2 });

    const service = await call('POST', '/api/app/v1/service/', {
      name: 'spread',
      image: 'busybox',
      deployment_strategy: 'EVERY_NODE',
      tags: ['c-ams'],
    });
    await call('POST', `${uriOf(service)}start/`);
    await cloud.plane.settle();
    expect((await call('GET', uriOf(service))).body).toMatchObject({ state: 'Running', current_num_containers: 2 });

    const scaled = await call('PATCH', uri, { target_num_nodes: 1 });
    expect(scaled.body['state']).toBe('Scaling');
    expect((await call('PATCH', uri, { target_num_nodes: 2 })).status).toBe(409);
    await cloud.plane.settle();
    await cloud.plane.reconcile(`node-cluster:${cluster.body['uuid'] as string}`);
    expect((await call('GET', uri)).body).toMatchObject({ state: 'Deployed', current_num_nodes: 1 });
    expect((await call('GET', scaled.headers['x-dockercloud-action-uri'] ?? '')).body).toMatchObject({
      state: 'Success',
    });
    expect((await call('GET', uriOf(service))).body).toMatchObject({ current_num_containers: 1 });

    expect((await call('DELETE', uri)).body['state']).toBe('Terminating');
    await cloud.plane.settle();
    await cloud.plane.reconcile(`node-cluster:${cluster.body['uuid'] as string}`);
    expect((await call('GET', uri)).body).toMatchObject({ state: 'Terminated', current_num_nodes: 0 });
    const again = await make('ams', 3, guests);
    expect((await call('POST', `${uriOf(again)}deploy/`, undefined, guests)).body).toMatchObject({
      current_num_nodes: 3,
    });
  });

  it('take a host back from what found no other place within two minutes, and are done only then', async () => {
    await hosts('osl', ['a']);
    const host = cloud.plane.nodes.at(-1);
    const cluster = await make('osl', 1);
    const uri = uriOf(cluster);
    await call('POST', `${uri}deploy/`);
    const service = await call('POST', '/api/app/v1/service/', { name: 'stays', image: 'busybox', tags: ['c-osl'] });
    await call('POST', `${uriOf(service)}start/`);
    await cloud.plane.settle();
    const action = (await call('DELETE', uri)).headers['x-dockercloud-action-uri'] ?? '';
    const look = async () => {
      await cloud.plane.settle();
      await cloud.plane.reconcile(`node-cluster:${cluster.body['uuid'] as string}`);
      await cloud.plane.reconcile(`action:${action.split('/').at(-2)}`);
      await cloud.plane.settle();
      const states = [action, uri, uriOf(service)].map(async (each) => (await call('GET', each)).body['state']);
      return [...(await Promise.all(states)), host?.held.size];
    };
    expect(await look()).toEqual(['In progress', 'Terminating', 'Running', 1]);
    cloud.plane.clock.advance(121_000);
    await look();
    expect(await look()).toEqual(['Success', 'Terminated', 'Not running', 0]);
    const again = await make('osl', 1, guests);
    expect((await call('POST', `${uriOf(again)}deploy/`, undefined, guests)).status).toBe(202);
  });

  it('never claim one host twice, however many ask at once', async () => {
    await hosts('ldn', ['a', 'b', 'c']);
    const clusters = await Promise.all(
      [1, 2, 3, 4].map((each) =>
        make('ldn', 1, each % 2 ? harbor : guests).then((made) => ({ made, as: each % 2 ? harbor : guests })),
      ),
    );
    const answers = await Promise.all(
      clusters.map(({ made, as }) => call('POST', `${uriOf(made)}deploy/`, undefined, as)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 202, 503]);
    const claimed = answers.flatMap(({ body }) => (body['nodes'] as string[] | undefined) ?? []);
    expect(new Set(claimed.map((uri) => uri.split('/').at(-2))).size).toBe(3);
  });

  it('are refused where nothing of the kind is kept, and half a choice is said to be one', async () => {
    expect((await make('mars', 1)).body['error']).toMatch(/^pool: this platform keeps no hosts/);
    const half = await call('POST', '/api/infra/v1/nodecluster/', { name: 'half', region: region('fra') });
    expect([half.status, half.body['error']]).toEqual([400, expect.stringMatching(/^node_type: /)]);
  });

  it('are filtered by state with a true total', async () => {
    const page = (await call('GET', '/api/infra/v1/nodecluster/?state=Init&limit=1')).body as {
      meta: Body;
      objects: Body[];
    };
    const all = (await call('GET', '/api/infra/v1/nodecluster/?limit=100')).body as { objects: Body[] };
    const init = all.objects.filter((each) => each['state'] === 'Init').length;
    expect([page.meta['total_count'], page.objects.length]).toEqual([init, Math.min(1, init)]);
  });
});
