import { Cloud, type Answer, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;
type Listed = { objects: Body[] };

/** Calls as the SDKs and the command line make them, where that is more than the documents say. */
describe('clients of the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('clients');
    await cloud.plane.node({ organizationId: tenant.organizationId });
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  const objects = async (path: string) => ((await call('GET', path)).body as Listed).objects;
  const rest = async () => {
    await cloud.plane.settle();
    cloud.plane.clock.advance(60_000);
    await cloud.plane.settle();
  };

  it('may name a user’s own namespace, which is what is meant without one', async () => {
    const made = await call('POST', `/api/app/v1/${tenant.user}/service/`, { image: 'nginx', name: 'mine' });
    expect(made).toMatchObject({
      status: 201,
      body: { resource_uri: expect.stringMatching(/^\/api\/app\/v1\/clients\//) },
    });
    expect((await objects(`/api/app/v1/${tenant.user}/service/?name=mine`)).map(({ uuid }) => uuid)).toEqual([
      made.body['uuid'],
    ]);
    const other = await cloud.tenant('neighbours');
    expect((await cloud.call(other, 'GET', `/api/app/v1/${tenant.user}/service/`)).status).toBe(404);
  });

  describe('written in Go', () => {
    /** A body with every call, and no word about what it is. */
    const send = async (method: string, path: string, body = '{}'): Promise<Answer> => {
      const { hostname, port } = new URL(cloud.url);
      const { request } = await import('node:http');
      return new Promise((resolve, reject) => {
        const call = request({
          ...{ hostname, port, method, path },
          headers: {
            authorization: `Basic ${Buffer.from(`${tenant.user}:${tenant.apiKey}`).toString('base64')}`,
            accept: 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        });
        call.once('error', reject);
        call.once('response', (response) => {
          let text = '';
          response.on('data', (data: Buffer) => (text += data.toString()));
          response.once('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: {}, body: JSON.parse(text) as Body }),
          );
        });
        call.end(body);
      });
    };

    it('send bodies without a type, also where none is needed', async () => {
      // Nothing in this language is absent: numbers are 0 and texts are empty.
      const wish = {
        image: 'nginx:1',
        name: 'gopher',
        tags: ['byon'],
        container_ports: [{ container: '', inner_port: 80, outer_port: 0, protocol: 'tcp' }],
        bindings: [{ container_path: '/data', host_path: '', rewritable: true }],
      };
      const made = await send('POST', '/api/app/v1/service/', JSON.stringify(wish));
      expect(made).toMatchObject({
        status: 201,
        body: {
          container_ports: [{ inner_port: 80, outer_port: null, published: false }],
          bindings: [{ container_path: '/data', host_path: null, rewritable: true }],
          tags: [{ name: 'byon' }],
        },
      });
      const uri = made.body['resource_uri'] as string;
      expect((await send('GET', uri)).status).toBe(200);
      expect((await send('POST', `${uri}start/`)).status).toBe(202);
      await rest();
      expect((await send('PATCH', uri, '{"target_num_containers":2}')).status).toBe(202);
      await rest();
      expect((await send('POST', `${uri}redeploy/?reuse_volumes=false`)).status).toBe(202);
      await rest();
      expect((await send('DELETE', uri)).status).toBe(202);
      expect((await send('POST', '/api/app/v1/service/', 'image=nginx')).status).toBe(400);
    });
  });

  describe('that balance load', () => {
    it('see in their own container whom they are linked to now', async () => {
      const [node] = cloud.plane.nodes;
      let host = 1;
      if (node) node.behave = () => ({ state: 'running', address: `10.64.0.${++host}` });
      const made = await call('POST', '/api/app/v1/stack/', {
        name: 'balanced',
        services: [
          { name: 'front', image: 'haproxy', links: ['shop'], roles: ['global'] },
          { name: 'shop', image: 'nginx', expose: ['80'] },
          { name: 'stock', image: 'nginx', expose: ['8080'] },
        ],
      });
      await call('POST', `${made.body['resource_uri'] as string}start/`);
      await rest();
      const uriOf = async (name: string) =>
        (await objects(`/api/app/v1/service/?name=${name}`))[0]?.['resource_uri'] as string;
      const [front, shop, stock] = await Promise.all(['front', 'shop', 'stock'].map(uriOf));
      const [container] = await objects('/api/app/v1/container/?service__name=front');
      const linked = async () => {
        const { body } = await call('GET', container?.['resource_uri'] as string);
        return (body['linked_to_container'] as Body[]).map(({ name, endpoints }) => [
          name,
          Object.keys(endpoints as Body),
        ]);
      };
      expect(await linked()).toEqual([['shop_1', ['80/tcp']]]);
      await call('PATCH', shop ?? '', { target_num_containers: 2 });
      await rest();
      expect(await linked()).toEqual([
        ['shop_1', ['80/tcp']],
        ['shop_2', ['80/tcp']],
      ]);
      const [first] = await objects('/api/app/v1/container/?service__name=shop&name=shop-1');
      await call('POST', `${first?.['resource_uri'] as string}stop/`);
      await rest();
      expect(await linked()).toEqual([['shop_2', ['80/tcp']]]);
      // A link that is added or taken away holds at once; what the container was told when it was made does not change.
      await call('PATCH', front ?? '', { linked_to_service: [{ to_service: stock, name: 'backend' }] });
      expect(await linked()).toEqual([['backend_1', ['8080/tcp']]]);
      const all = await objects('/api/app/v1/container/?service__stack__name=balanced');
      const linkedNow = all.filter((each) => (each['linked_to_container'] as Body[]).length > 0);
      expect(linkedNow.map(({ name }) => name)).toEqual(['front-1']);
      const told = new Map((container?.['container_envvars'] as Body[]).map(({ key, value }) => [key, value]));
      expect([...told.keys()]).toContain('SHOP_1_PORT_80_TCP_ADDR');
      expect(told.get('DOCKERCLOUD_REST_HOST')).toBe('https://api.cloud.example');
      expect(told.get('DOCKERCLOUD_STREAM_HOST')).toBe('wss://api.cloud.example');
    });
  });

  describe('on the command line', () => {
    it('change one variable by sending back all that are the user’s', async () => {
      const made = await call('POST', '/api/app/v1/stack/', {
        name: 'env',
        services: [
          { name: 'web', image: 'nginx', environment: ['A=1', 'DOCKERCLOUD_SERVICE_HOSTNAME=mine'], links: ['db'] },
          { name: 'db', image: 'nginx' },
        ],
      });
      const [web] = await objects('/api/app/v1/service/?name=web&stack__name=env');
      const uri = web?.['resource_uri'] as string;
      const service = async () => (await call('GET', uri)).body;
      const calculated = (await service())['calculated_envvars'] as Body[];
      expect(calculated).toEqual(
        expect.arrayContaining([
          { key: 'A', value: '1', origin: 'user' },
          { key: 'DOCKERCLOUD_SERVICE_HOSTNAME', value: 'mine', origin: 'user' },
          { key: 'DOCKERCLOUD_SERVICE_API_URI', value: uri, origin: 'tutum' },
          { key: 'DOCKERCLOUD_STACK_NAME', value: 'env', origin: 'tutum' },
          { key: 'DB_DOCKERCLOUD_API_URL', value: expect.stringContaining('/service/'), origin: 'tutum' },
        ]),
      );
      expect(new Set(calculated.map(({ key }) => key)).size).toBe(calculated.length);
      const users = calculated.filter(({ origin }) => origin === 'user').map(({ key, value }) => ({ key, value }));
      await call('PATCH', uri, { container_envvars: [{ key: 'B', value: '2' }, ...users] });
      expect((await service())['container_envvars']).toEqual([
        { key: 'B', value: '2' },
        { key: 'A', value: '1' },
        { key: 'DOCKERCLOUD_SERVICE_HOSTNAME', value: 'mine' },
      ]);
      // Its containers are told what it says they are.
      await call('POST', `${made.body['resource_uri'] as string}start/`);
      await rest();
      const [container] = await objects('/api/app/v1/container/?service__name=web');
      const told = new Map((container?.['container_envvars'] as Body[]).map(({ key, value }) => [key, value]));
      for (const { key, value } of (await service())['calculated_envvars'] as Body[]) {
        expect([key, told.get(key)]).toEqual([key, value]);
      }
    });

    it('scale by changing the number and asking for it, which is one action', async () => {
      const made = await call('POST', '/api/app/v1/service/', { image: 'nginx', name: 'grown' });
      const uri = made.body['resource_uri'] as string;
      await call('POST', `${uri}start/`);
      await rest();
      const changed = await call('PATCH', uri, { target_num_containers: 3 });
      const asked = await call('POST', `${uri}scale/`);
      expect([changed.status, asked.status, asked.body['state']]).toEqual([202, 202, 'Scaling']);
      const action = asked.headers['x-dockercloud-action-uri'];
      expect(action).toBe(changed.headers['x-dockercloud-action-uri']);
      await rest();
      expect((await call('GET', action ?? '')).body).toMatchObject({ state: 'Success', object: uri });
      expect((await call('GET', uri)).body).toMatchObject({ state: 'Running', running_num_containers: 3 });
    });

    it('find triggers by the beginning of an id or by a name, to delete them', async () => {
      const made = await call('POST', '/api/app/v1/service/', { image: 'nginx', name: 'pulled' });
      const triggers = `${made.body['resource_uri'] as string}trigger/`;
      const wanted = (await call('POST', triggers, { name: 'wanted' })).body;
      const other = (await call('POST', triggers, { name: 'other' })).body;
      const found = async (query: string) => (await objects(`${triggers}?${query}`)).map(({ uuid }) => uuid);
      expect(await found(`uuid__startswith=${String(wanted['uuid']).slice(0, 8)}`)).toEqual([wanted['uuid']]);
      expect(await found('uuid__startswith=wanted')).toEqual([]);
      expect(await found('name=wanted')).toEqual([wanted['uuid']]);
      expect(await found(`uuid=${String(other['uuid'])}`)).toEqual([other['uuid']]);
      expect(await found('')).toEqual([wanted['uuid'], other['uuid']]);
      expect((await call('GET', `${triggers}?operation=REDEPLOY`)).status).toBe(400);
    });

    it('are given one command that makes a host a node', async () => {
      const given = await call('POST', '/api/infra/v1/token');
      const token = String(given.body['token']);
      expect(given).toMatchObject({
        status: 201,
        body: {
          command: `curl -fsSL https://api.cloud.example/agent/install.sh | sudo sh -s -- ${token}`,
          expires_datetime: expect.stringMatching(/ \+0000$/),
          token: expect.stringMatching(/^pierhead-join\.\S+$/),
        },
      });
      const cluster = await call('POST', '/api/infra/v1/nodecluster/', { name: 'brought' });
      const wish = { node_cluster: cluster.body['resource_uri'], tags: [{ name: 'ssd' }] };
      expect((await call('POST', '/api/infra/v1/clients/token/', wish)).status).toBe(201);
      const wrong = await call('POST', '/api/infra/v1/token/', { node_cluster: 'racks' });
      expect([wrong.status, wrong.body['error']]).toEqual([400, expect.stringMatching(/^node_cluster: /)]);
      const reader = { ...tenant, apiKey: (await cloud.key(tenant, { access: 'read' })).secret };
      expect((await cloud.call(reader, 'POST', '/api/infra/v1/token/')).status).toBe(403);
    });

    it('take the object of every action apart as a text', async () => {
      await call('POST', '/api/repo/v1/repository/', { name: 'registry.example/team/app' });
      const actions = await objects('/api/audit/v1/action/?limit=100');
      expect(actions.map(({ action }) => action)).toContain('Registry Create');
      for (const action of actions) expect(action['object']).toEqual(expect.any(String));
    });
  });
});
