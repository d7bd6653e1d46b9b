import { Cloud, type Tenant } from './support/cloud.js';

const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
type Body = Record<string, unknown>;

describe('the life of services and stacks through the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('lifecycle');
    await cloud.plane.node();
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  const actionOf = async (headers: Record<string, string>): Promise<Body> =>
    (await call('GET', headers['x-dockercloud-action-uri'] ?? '')).body;

  it('makes a service that is not started', async () => {
    const made = await call('POST', '/api/app/v1/service/', {
      image: 'tutum/hello-world',
      name: 'first',
      target_num_containers: '2',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: 'first',
      image_name: 'tutum/hello-world:latest',
      state: 'Not running',
      target_num_containers: 2,
      current_num_containers: 0,
      synchronized: true,
      stack: null,
      uuid: expect.stringMatching(uuid4),
    });
    expect(made.body['resource_uri']).toBe(`/api/app/v1/lifecycle/service/${String(made.body['uuid'])}/`);
    expect(await actionOf(made.headers)).toMatchObject({
      action: 'Service Create',
      state: 'Success',
      object: made.body['resource_uri'],
      method: 'POST',
      path: '/api/app/v1/service/',
      user: tenant.user,
    });
    expect((await call('GET', made.body['resource_uri'] as string)).body).toEqual(made.body);
  });

  it('starts, scales, stops, redeploys and terminates it, each as an action that ends', async () => {
    const made = await call('POST', '/api/app/v1/lifecycle/service/', { image: 'nginx:1', name: 'second' });
    const uri = made.body['resource_uri'] as string;
    const ask = async (path: string, state: string, ended: string, method = 'POST') => {
      const asked = await call(method, path);
      expect([path, asked.status, asked.body['state']]).toEqual([path, 202, state]);
      expect(await actionOf(asked.headers)).toMatchObject({ state: 'In progress', end_date: null });
      await cloud.plane.settle();
      cloud.plane.clock.advance(60_000);
      await cloud.plane.settle();
      expect((await call('GET', uri)).body).toMatchObject({ state: ended });
      expect(await actionOf(asked.headers)).toMatchObject({ state: 'Success', end_date: expect.any(String) });
    };
    await ask(`${uri}start/`, 'Starting', 'Running');
    const patched = await call('PATCH', uri, { target_num_containers: 3 });
    expect([patched.status, patched.body['state']]).toEqual([202, 'Scaling']);
    await cloud.plane.settle();
    expect((await call('GET', uri)).body).toMatchObject({ state: 'Running', running_num_containers: 3 });
    const changed = await call('PATCH', uri, { container_envvars: [{ key: 'A', value: 'b' }] });
    expect([changed.status, changed.body['synchronized']]).toEqual([200, false]);
    await ask(`${uri}redeploy/?reuse_volumes=true`, 'Redeploying', 'Running');
    await ask(`${uri}stop/`, 'Stopping', 'Stopped');
    await ask(`${uri}start/`, 'Starting', 'Running');
    const { objects } = (await call('GET', `/api/app/v1/container/?state=running&service=${uri}`)).body as {
      objects: Body[];
    };
    expect(objects).toHaveLength(3);
    expect(objects[0]).toMatchObject({
      state: 'Running',
      service: uri,
      image_name: 'nginx:1',
      container_envvars: expect.arrayContaining([
        { key: 'A', value: 'b' },
        { key: 'DOCKERCLOUD_CONTAINER_API_URI', value: objects[0]?.['resource_uri'] },
      ]),
    });
    for (const key of ['node', 'service', 'resource_uri']) {
      expect((await call('GET', objects[0]?.[key] as string)).status).toBe(200);
    }
    await ask(uri, 'Terminating', 'Terminated', 'DELETE');
  });

  it('stops, starts and terminates one container', async () => {
    const made = await call('POST', '/api/app/v1/service/', {
      image: 'nginx',
      name: 'third',
      target_num_containers: 2,
    });
    await call('POST', `${made.body['resource_uri'] as string}start/`);
    await cloud.plane.settle();
    const { objects } = (await call('GET', '/api/app/v1/container/?service__name=third')).body as { objects: Body[] };
    const uri = objects[0]?.['resource_uri'] as string;
    for (const [path, state] of [
      [`${uri}stop/`, 'Stopped'],
      [`${uri}start/`, 'Running'],
    ] as const) {
      expect((await call('POST', path)).status).toBe(202);
      await cloud.plane.settle();
      expect((await call('GET', uri)).body).toMatchObject({ state });
    }
    expect((await call('DELETE', uri)).body).toMatchObject({ state: 'Terminating' });
    await cloud.plane.settle();
    expect((await call('GET', uri)).body).toMatchObject({
      state: 'Terminated',
      destroyed_datetime: expect.any(String),
    });
    expect((await call('GET', made.body['resource_uri'] as string)).body).toMatchObject({ target_num_containers: 1 });
  });

  it('makes, starts, exports, changes and terminates a stack', async () => {
    const made = await call('POST', '/api/app/v1/stack/', {
      name: 'blog',
      services: [
        {
          name: 'web',
          image: 'wordpress',
          linked_to_service: [{ to_service: 'db', name: 'DB' }],
          container_ports: [{ inner_port: 80, outer_port: 8080, protocol: 'tcp' }],
        },
        { name: 'db', image: 'mysql', environment: { MYSQL_PASSWORD: 'x' }, restart: 'always' },
      ],
    });
    expect([made.status, made.body['state']]).toEqual([201, 'Not Running']);
    const uri = made.body['resource_uri'] as string;
    const started = await call('POST', `${uri}start/`);
    expect([started.status, started.body['state']]).toEqual([202, 'Starting']);
    await cloud.plane.settle();
    // These nodes tell no addresses, for which what is linked waits half a minute.
    cloud.plane.clock.advance(60_000);
    await cloud.plane.settle();
    expect((await call('GET', uri)).body).toMatchObject({ state: 'Running', deployed_datetime: expect.any(String) });
    const web = (await call('GET', '/api/app/v1/service/?name=web&stack__name=blog')).body as { objects: Body[] };
    expect(web.objects[0]).toMatchObject({
      stack: uri,
      public_dns: expect.stringMatching(/^web\.blog\.[0-9a-f]{8}\.svc\.cloud\.example$/),
      linked_to_service: [{ name: 'DB' }],
      container_ports: [{ inner_port: 80, outer_port: 8080, published: true, port_name: 'http', protocol: 'tcp' }],
    });
    const exported = (await call('GET', `${uri}export/`)).body;
    expect(exported).toEqual({
      web: { image: 'wordpress:latest', links: ['db:DB'], ports: ['8080:80'] },
      db: { image: 'mysql:latest', environment: ['MYSQL_PASSWORD=x'], restart: 'always' },
    });
    const copy = await call('POST', '/api/app/v1/stack/', { name: 'copy', services: exported });
    expect((await call('GET', `${copy.body['resource_uri'] as string}export/`)).body).toEqual(exported);
    const changed = await call('PATCH', uri, { services: [{ name: 'db', image: 'mysql:8', restart: 'always' }] });
    expect(changed.status).toBe(202);
    await cloud.plane.settle();
    expect((await call('GET', `${uri}export/`)).body).toEqual({ db: { image: 'mysql:8', restart: 'always' } });
    const ended = await call('DELETE', uri);
    expect([ended.status, ended.body['state']]).toEqual([202, 'Terminating']);
    await cloud.plane.settle();
    expect((await call('GET', uri)).body).toMatchObject({
      state: 'Terminated',
      destroyed_datetime: expect.any(String),
    });
    expect(await actionOf(ended.headers)).toMatchObject({
      action: 'Stack Terminate',
      state: 'Success',
      can_be_canceled: false,
    });
  });

  it('lists pages, filtered', async () => {
    const pages = await cloud.tenant('pages');
    for (let i = 0; i < 7; i++) await cloud.call(pages, 'POST', '/api/app/v1/service/', { image: 'x', name: `s${i}` });
    const names: unknown[] = [];
    let next: string | null = '/api/app/v1/service/?limit=3';
    while (next) {
      const { body } = await cloud.call(pages, 'GET', next);
      const page = body as { meta: { next: string | null; total_count: number }; objects: Body[] };
      expect(page.meta.total_count).toBe(7);
      names.push(...page.objects.map((service) => service['name']));
      next = page.meta.next;
    }
    expect(names).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
    const count = async (query: string) =>
      ((await cloud.call(pages, 'GET', `/api/app/v1/service/?${query}`)).body as { objects: Body[] }).objects.length;
    const first = (await cloud.call(pages, 'GET', '/api/app/v1/service/?name=s3')).body as { objects: Body[] };
    const id = String(first.objects[0]?.['uuid']);
    expect(await count(`uuid=${id}`)).toBe(1);
    expect(await count(`uuid__startswith=${id.slice(0, 8)}`)).toBe(1);
    expect(await count('uuid__startswith=s3')).toBe(0);
    expect(await count('state=Not+running')).toBe(7);
    expect(await count('state=Running')).toBe(0);
    expect(await count('limit=0')).toBe(7);
  });

  it('cancels and retries actions', async () => {
    const made = await call('POST', '/api/app/v1/service/', { image: 'nginx', name: 'slow' });
    const uri = made.body['resource_uri'] as string;
    const started = await call('POST', `${uri}start/`);
    const action = started.headers['x-dockercloud-action-uri'] ?? '';
    expect((await call('GET', action)).body).toMatchObject({ can_be_canceled: true, can_be_retried: false });
    const canceled = await call('POST', `${action}cancel/`);
    expect(canceled.body).toMatchObject({ state: 'Canceled', can_be_canceled: false, can_be_retried: true });
    expect((await call('POST', `${action}cancel/`)).status).toBe(409);
    await cloud.plane.settle();
    const again = await call('POST', `${action}retry/`);
    expect(again.status).toBe(202);
    expect(again.body['uuid']).not.toBe(canceled.body['uuid']);
    await cloud.plane.settle();
    const done = again.headers['x-dockercloud-action-uri'] ?? '';
    expect((await call('GET', done)).body).toMatchObject({ state: 'Success', can_be_retried: true });
    // What has succeeded may be asked for again too, where the state of its resource allows it.
    expect((await call('POST', `${done}retry/`)).body).toEqual({
      error: expect.stringMatching(/is running, which does not allow start/),
    });
    const redeployed = (await call('POST', `${uri}redeploy/`)).headers['x-dockercloud-action-uri'] ?? '';
    await cloud.plane.settle();
    cloud.plane.clock.advance(60_000);
    await cloud.plane.settle();
    expect(await call('POST', `${redeployed}retry/`)).toMatchObject({
      ...{ status: 202, body: { action: 'Service Redeploy', can_be_canceled: true } },
    });
    await cloud.plane.settle();
    const { objects } = (await call('GET', `/api/audit/v1/action/?object=${uri}&state=Canceled`)).body as {
      objects: Body[];
    };
    expect(objects.map((each) => each['uuid'])).toEqual([canceled.body['uuid']]);
  });

  it('goes on trying for an image that is missing, by itself and after a redeploy, until it is there', async () => {
    const [node] = cloud.plane.nodes;
    const missing = new Set(['shop/late:1', 'shop/late:2']);
    if (node)
      node.behave = ({ template }) =>
        missing.has(template?.image ?? '')
          ? { state: 'failed', message: 'There is no such image.', startedAt: null }
          : { state: 'running' };
    const pass = async () => {
      await cloud.plane.settle();
      cloud.plane.clock.advance(60_000);
      await cloud.plane.settle();
    };
    const made = await call('POST', '/api/app/v1/service/', { image: 'shop/late:1', name: 'late' });
    const uri = made.body['resource_uri'] as string;
    const state = async () => (await call('GET', uri)).body['state'];
    for (const begin of ['start', 'redeploy']) {
      const asked = await call('POST', `${uri}${begin}/`);
      await pass();
      expect(await state()).toBe('Not running');
      // What was asked for has failed all the same.
      const action = asked.headers['x-dockercloud-action-uri'] ?? '';
      expect((await call('GET', action)).body['state']).toBe('Failed');
      missing.delete(begin === 'start' ? 'shop/late:1' : 'shop/late:2');
      await pass();
      expect(await state()).toBe('Running');
      await call('PATCH', uri, { image: 'shop/late:2' });
    }
    if (node) node.behave = () => ({ state: 'running' });
  });

  it.each([
    ['tags that no node has', { tags: [{ name: 'moon' }] }, /moon/],
    ['a port of the host that is taken', { container_ports: [{ inner_port: 80, outer_port: 9099 }] }, /9099/],
    ['an image that does not exist', { image: 'nobody/nothing' }, /no such image/],
  ])('ends a start with %s as failed, with a sentence', async (_, wish, sentence) => {
    await call('POST', '/api/app/v1/service/', {
      image: 'nginx',
      name: 'holder',
      container_ports: [{ inner_port: 80, outer_port: 9099 }],
    });
    const held = ((await call('GET', '/api/app/v1/service/?name=holder')).body as { objects: Body[] }).objects[0];
    await call('POST', `${held?.['resource_uri'] as string}start/`);
    await cloud.plane.settle();
    const [node] = cloud.plane.nodes;
    if (node)
      node.behave = ({ template }) =>
        template?.image.startsWith('nobody/')
          ? { state: 'failed', message: 'There is no such image.' }
          : { state: 'running' };
    const made = await call('POST', '/api/app/v1/service/', { name: 'doomed', image: 'nginx', ...wish });
    const uri = made.body['resource_uri'] as string;
    const started = await call('POST', `${uri}start/`);
    for (let i = 0; i < 8; i++) {
      await cloud.plane.settle();
      cloud.plane.clock.advance(120_000);
    }
    const action = await actionOf(started.headers);
    const { objects } = (await call('GET', `/api/app/v1/service/?uuid=${String(made.body['uuid'])}`)).body as {
      objects: Body[];
    };
    await call('DELETE', uri);
    await cloud.plane.settle();
    expect([action['state'], objects[0]?.['state']]).toEqual(['Failed', expect.not.stringMatching(/^Running$/)]);
    expect((await cloud.plane.work.platformRead((tx) => tx.actions.get(String(action['uuid']))))?.message).toMatch(
      sentence,
    );
  });

  it('reaches an action of another project of the organization without a namespace', async () => {
    const key = tenant.apiKey;
    await cloud.send(
      'POST',
      `/api/v1/organizations/${tenant.organizationId}/projects`,
      { authorization: `Bearer ${key}` },
      { name: 'side', namespace: 'lifecycle-side' },
    );
    const made = await call('POST', '/api/app/v1/lifecycle-side/service/', { image: 'nginx', name: 'aside' });
    expect(made.status).toBe(201);
    expect(await actionOf(made.headers)).toMatchObject({ state: 'Success', object: made.body['resource_uri'] });
  });
});
