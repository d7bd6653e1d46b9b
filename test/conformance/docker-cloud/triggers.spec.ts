import { Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('triggers through the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let other: Tenant;
  let uri: string;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('hooks');
    other = await cloud.tenant('elsewhere');
    await cloud.plane.node();
    uri = await aService('called');
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  /** Without any credential, as another machine calls it. */
  const knock = (path: string, body?: string, headers: Record<string, string> = {}) =>
    cloud.send('POST', path, headers, body);
  const actionOf = async (headers: Record<string, string>): Promise<Body> =>
    (await call('GET', headers['x-dockercloud-action-uri'] ?? '')).body;
  const aService = async (name: string): Promise<string> => {
    const made = await call('POST', '/api/app/v1/service/', { image: 'nginx:1', name });
    const address = made.body['resource_uri'] as string;
    await call('POST', `${address}start/`);
    await rest();
    return address;
  };
  const rest = async () => {
    await cloud.plane.settle();
    cloud.plane.clock.advance(60_000);
    await cloud.plane.settle();
  };
  /** What the node was handed on for the containers that run now. */
  const variables = async (address: string) => {
    const { containers } = (await call('GET', address)).body as { containers: string[] };
    const ids = containers.map((each) => each.split('/').at(-2));
    const held = cloud.plane.nodes.flatMap((node) => [...node.held.values()]);
    return held
      .filter(({ assignment }) => ids.includes(assignment.containerId))
      .map(({ assignment }) =>
        assignment.platformEnvironment.filter(({ name }) => name === 'DOCKERCLOUD_TRIGGER_BODY'),
      );
  };

  it('are made, listed, shown and deleted, the secret shown once', async () => {
    const made = await call('POST', `${uri}trigger/`, { name: 'on push' });
    expect(made.status).toBe(201);
    const { url, uuid } = made.body as Record<string, string>;
    expect(uuid).toMatch(uuid4);
    expect(made.body).toEqual({
      last_called_datetime: null,
      name: 'on push',
      operation: 'REDEPLOY',
      resource_uri: `${uri}trigger/${uuid}/`,
      url: expect.stringMatching(new RegExp(`^${uri}trigger/ph_t_[0-9A-Za-z]{40}/call/$`)),
      uuid,
    });
    expect(await actionOf(made.headers)).toMatchObject({ action: 'Trigger Create', state: 'Success' });
    const shown = { ...made.body, url: `${uri}trigger/${uuid}/call/` };
    expect((await call('GET', `${uri}trigger/${uuid}/`)).body).toEqual(shown);
    const { meta, objects } = (await call('GET', `${uri}trigger/`)).body as { meta: Body; objects: Body[] };
    expect([meta['total_count'], objects]).toEqual([1, [shown]]);
    const [stored] = (await cloud.plane.owner.query('SELECT t.*::text AS row FROM trigger t')) as { row: string }[];
    expect(stored?.row).not.toContain(url?.split('/').at(-3));
    const gone = await call('DELETE', `${uri}trigger/${uuid}/`);
    expect([gone.status, gone.body]).toEqual([200, shown]);
    for (const address of [`${uri}trigger/${uuid}/`, `${uri}trigger/${uuid}/call/`]) {
      expect((await call(address.endsWith('call/') ? 'POST' : 'GET', address)).status).toBe(404);
    }
    expect((await knock(url ?? '')).status).toBe(404);
  });

  it('redeploy without a credential; the body goes to the containers that it makes and to no others', async () => {
    const service = await aService('redeployed');
    const before = (await call('GET', service)).body['containers'];
    const made = await call('POST', `${service}trigger/`, { name: 'hub' });
    const url = made.body['url'] as string;
    const body = '{"push_data": {"tag" :"1.2"}, "by": "ü"}';
    const called = await knock(url, body, { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' });
    expect([called.status, called.body['operation']]).toEqual([202, 'REDEPLOY']);
    expect(called.body['last_called_datetime']).toEqual(expect.any(String));
    expect((await call('GET', service)).body).toMatchObject({ state: 'Redeploying' });
    expect(await actionOf(called.headers)).toMatchObject({
      action: 'Service Redeploy',
      state: 'In progress',
      is_user_action: false,
      user: 'trigger:hub',
      object: service,
      path: `${service}trigger/${String(made.body['uuid'])}/call/`,
    });
    // The state does not allow it while it is under way.
    expect((await knock(url)).status).toBe(409);
    await rest();
    expect(await actionOf(called.headers)).toMatchObject({ state: 'Success' });
    const after = (await call('GET', service)).body;
    expect([after['state'], after['containers']]).not.toEqual(['Running', before]);
    expect(await variables(service)).toEqual([[{ name: 'DOCKERCLOUD_TRIGGER_BODY', value: body }]]);
    await call('POST', `${service}redeploy/`);
    await rest();
    expect(await variables(service)).toEqual([[]]);
    expect(JSON.stringify((await call('GET', '/api/audit/v1/action/?limit=100')).body)).not.toContain('ph_t_');
  });

  it('scale up, by one or by the number at the end of the address', async () => {
    const service = await aService('scaled');
    const made = await call('POST', `${service}trigger/`, { operation: 'SCALEUP' });
    expect(made.body['name']).toMatch(/^scale-up-[0-9a-f]{8}$/);
    const url = made.body['url'] as string;
    expect((await knock(url)).status).toBe(202);
    await rest();
    expect((await call('GET', service)).body).toMatchObject({ state: 'Running', running_num_containers: 2 });
    expect((await knock(`${url}3/`, 'three')).status).toBe(202);
    await rest();
    expect((await call('GET', service)).body).toMatchObject({ target_num_containers: 5, running_num_containers: 5 });
    const given = await variables(service);
    expect(given.filter((each) => each[0]?.value === 'three')).toHaveLength(3);
    expect((await knock(`${url}0/`)).status).toBe(400);
    await call('POST', `${service}stop/`);
    await rest();
    const refused = await knock(url);
    expect([refused.status, refused.body['error']]).toEqual([409, expect.stringContaining('does not run')]);
  });

  it('are called with their id by who has a credential, as an action of the user', async () => {
    const service = await aService('by-user');
    const { uuid } = (await call('POST', `${service}trigger/`, {})).body as { uuid: string };
    const address = `${service}trigger/${uuid}/call/`;
    expect((await knock(address)).status).toBe(401);
    expect((await cloud.call(other, 'POST', address)).status).toBe(404);
    const reader = await cloud.key(tenant, { access: 'read' });
    expect((await cloud.call({ ...tenant, apiKey: reader.secret }, 'POST', address)).status).toBe(403);
    const called = await call('POST', address);
    expect(called.status).toBe(202);
    expect(await actionOf(called.headers)).toMatchObject({ is_user_action: true, user: tenant.user });
  });

  it('refuse what fits no trigger as if there were none', async () => {
    const made = await call('POST', `${uri}trigger/`, {});
    const url = made.body['url'] as string;
    const elsewhere = await aService('not-its-own');
    for (const wrong of [
      url.replace('/hooks/', '/elsewhere/'),
      url.replace(uri, elsewhere),
      `${url.slice(0, -7)}x/call/`,
      `${uri}trigger/ph_t_/call/`,
      url.replace(/service\/[^/]+/, 'service/0224815a-c156-44e4-92d7-997c69354438'),
    ]) {
      const { status, body } = await knock(wrong);
      expect([wrong, status, body]).toEqual([wrong, 404, { error: 'No such trigger.' }]);
    }
    expect((await knock(url.replace('/hooks/', '/'))).status).toBe(202);
    await rest();
  });

  it('refuse bodies that are long or no text, and too many calls', async () => {
    const { url } = (await call('POST', `${uri}trigger/`, {})).body as { url: string };
    expect((await knock(url, 'x'.repeat(8193))).status).toBe(413);
    expect((await knock(url, 'a\0b')).status).toBe(400);
    expect((await knock(url, 'x'.repeat(8192))).status).toBe(202);
    await rest();
    const statuses = [];
    for (let i = 0; i < 31; i++) statuses.push((await knock(url)).status);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses[0]).toBe(202);
  });

  it('are at most 32 of a service, with names that can be printed', async () => {
    expect((await call('POST', `${uri}trigger/`, { name: 'a\nb' })).body['error']).toMatch(/^name: /);
    const statuses = [];
    for (let i = 0; i < 32; i++) statuses.push((await call('POST', `${uri}trigger/`, {})).status);
    expect(statuses[0]).toBe(201);
    expect(statuses.at(-1)).toBe(403);
  });
});
