import { basic, Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;
const service = { image: 'nginx', name: 'web' };
const absent = '7fe7ec85-58be-4904-81da-de2219098d7c';

describe('what the Docker Cloud API refuses', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let other: Tenant;
  let uri: string;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('mine');
    other = await cloud.tenant('theirs');
    uri = (await cloud.call(tenant, 'POST', '/api/app/v1/service/', service)).body['resource_uri'] as string;
  });
  afterAll(() => cloud.close());

  const post = (body: unknown, headers = {}) => cloud.call(tenant, 'POST', '/api/app/v1/service/', body, headers);
  const expectRefusal = ({ status, body }: { status: number; body: Body }, expected: number, sentence: RegExp) => {
    expect([status, Object.keys(body)]).toEqual([expected, ['error']]);
    expect(body['error']).toMatch(sentence);
  };

  it.each<[string, unknown, RegExp]>([
    ['malformed JSON', '{"image": ', /JSON/],
    ['a body that is no object', [], /object/],
    ['no image', { name: 'x' }, /^image/],
    ['a wrong type', { ...service, target_num_containers: 'many' }, /^target_num_containers/],
    ['an unknown field', { ...service, targt: 1 }, /targt/],
    ['an unknown field inside', { ...service, container_ports: [{ inner_port: 80, outer: 1 }] }, /outer/],
    ['an over-long name', { image: 'x', name: 'n'.repeat(64) }, /^name/],
    ['a name of wrong letters', { image: 'x', name: 'a b' }, /^name/],
    ['an image that cannot be one', { image: 'No Image!' }, /^image: /],
    [
      'a port that cannot be one',
      { ...service, container_ports: [{ inner_port: 0 }] },
      /container_ports\.0\.inner_port/,
    ],
    [
      'one port of the host twice',
      {
        image: 'x',
        name: 'y',
        container_ports: [
          { inner_port: 80, outer_port: 80 },
          { inner_port: 81, outer_port: 80 },
        ],
      },
      /80\/tcp/,
    ],
    ['too little memory', { image: 'x', name: 'y', memory: 1 }, /^memory: /],
    [
      'a link to nothing',
      { image: 'x', name: 'y', linked_to_service: [{ to_service: 'nothing', name: 'n' }] },
      /linked_to_service\.0\.to_service/,
    ],
    ['contradicting policies', { image: 'x', name: 'y', autorestart: 'ALWAYS', autodestroy: 'ALWAYS' }, /restarts/],
    [
      'a path of the host',
      { image: 'x', name: 'y', bindings: [{ host_path: '/etc', container_path: '/etc' }] },
      /not allowed/,
    ],
    ['an unclosed quotation', { image: 'x', name: 'y', run_command: 'echo "a' }, /^run_command/],
  ])('%s is 400', async (_, body, sentence) => expectRefusal(await post(body), 400, sentence));

  it('a missing body is 400', async () => expectRefusal(await post(undefined), 400, /object/));

  it('a body that is too large is 413', async () => {
    expectRefusal(await post({ ...service, working_dir: 'x'.repeat(10 * 1024 * 1024) }), 413, /larger/);
  });

  it('other media types are 415', async () => {
    expectRefusal(await post('image=nginx', { 'content-type': 'application/x-www-form-urlencoded' }), 415, /JSON/);
    expectRefusal(await post('<image/>', { 'content-type': 'application/xml' }), 415, /JSON|json/);
    expectRefusal(await cloud.call(tenant, 'GET', uri, undefined, { accept: 'text/html' }), 415, /JSON/);
    expect((await cloud.call(tenant, 'GET', uri, undefined, { accept: 'text/html, */*;q=0.1' })).status).toBe(200);
  });

  it('a taken name is 409', async () => expectRefusal(await post(service), 409, /web/));

  it('a verb that the state does not allow is 409', async () => {
    expectRefusal(await cloud.call(tenant, 'POST', `${uri}stop/`), 409, /not running, which does not allow stop/);
    expectRefusal(await cloud.call(tenant, 'POST', `${uri}redeploy/`), 409, /does not allow redeploy/);
  });

  it('a used up quota is 403', async () => {
    const small = await cloud.tenant('small');
    await cloud.limit(small, { services: 1 });
    const make = (name: string) => cloud.call(small, 'POST', '/api/app/v1/service/', { image: 'x', name });
    expect((await make('one')).status).toBe(201);
    expectRefusal(await make('two'), 403, /services/);
  });

  it.each(['nothing', 'nothing:at-all', ''])('a wrong credential is 401', async (text) => {
    const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
    expectRefusal(await cloud.send('GET', uri, { authorization }), 401, /./);
  });

  it('no credential is 401, and says how to bring one', async () => {
    const answer = await cloud.send('GET', uri, {});
    expectRefusal(answer, 401, /./);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic/);
  });

  it('a revoked and an expired key are 401', async () => {
    const key = await cloud.key(tenant, {});
    const as = { ...tenant, apiKey: key.secret };
    expect((await cloud.call(as, 'GET', uri)).status).toBe(200);
    const path = `/api/v1/organizations/${tenant.organizationId}/api-keys/${key.id}`;
    await cloud.send('DELETE', path, { authorization: `Bearer ${tenant.apiKey}` });
    expectRefusal(await cloud.call(as, 'GET', uri), 401, /./);
    const old = await cloud.key(tenant, {});
    await cloud.plane.owner.query(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      old.id,
    ]);
    expectRefusal(await cloud.call({ ...tenant, apiKey: old.secret }, 'GET', uri), 401, /./);
  });

  it('a key that only reads is 403 on changes', async () => {
    const as = { ...tenant, apiKey: (await cloud.key(tenant, { access: 'read' })).secret };
    expect((await cloud.call(as, 'GET', uri)).status).toBe(200);
    expectRefusal(await cloud.call(as, 'POST', `${uri}start/`), 403, /only read/);
  });

  it('what is another’s is 404, exactly as what is absent', async () => {
    const id = uri.split('/').at(-2) ?? '';
    for (const [method, verb] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', 'start/'],
      ['POST', 'redeploy/'],
    ] as const) {
      const body = method === 'PATCH' ? {} : undefined;
      const foreign = await cloud.call(other, method, `/api/app/v1/service/${id}/${verb}`, body);
      const missing = await cloud.call(other, method, `/api/app/v1/service/${absent}/${verb}`, body);
      expect([foreign.status, foreign.body]).toEqual([404, missing.body]);
    }
    const namespace = await cloud.call(other, 'GET', uri);
    const nowhere = await cloud.call(other, 'GET', `/api/app/v1/nowhere/service/${id}/`);
    expect([namespace.status, namespace.body]).toEqual([404, nowhere.body]);
    const list = await cloud.call(other, 'GET', '/api/app/v1/service/');
    expect(list.body['objects']).toEqual([]);
  });

  it('another’s action is 404', async () => {
    const { headers } = await cloud.call(tenant, 'PATCH', uri, { nickname: 'n' });
    expectRefusal(await cloud.call(other, 'GET', headers['x-dockercloud-action-uri'] ?? ''), 404, /./);
  });

  it('an id that cannot be one is 404', async () =>
    expectRefusal(await cloud.call(tenant, 'GET', '/api/app/v1/service/short/'), 404, /./));

  it('a method that an address does not take is 405, and says which it takes', async () => {
    const put = await cloud.call(tenant, 'PUT', uri, {});
    expectRefusal(put, 405, /GET, PATCH, DELETE/);
    expect(put.headers['allow']).toBe('GET, PATCH, DELETE');
    expectRefusal(await cloud.call(tenant, 'DELETE', '/api/app/v1/service/'), 405, /GET, POST/);
  });

  it('a filter that a list does not have is 400', async () => {
    expectRefusal(await cloud.call(tenant, 'GET', '/api/app/v1/service/?nmae=web'), 400, /^nmae/);
    expectRefusal(await cloud.call(tenant, 'GET', '/api/app/v1/service/?state=Happy'), 400, /^state/);
    expectRefusal(await cloud.call(tenant, 'GET', '/api/app/v1/container/?service=web'), 400, /^service/);
    expectRefusal(await cloud.call(tenant, 'GET', '/api/app/v1/service/?limit=-1'), 400, /^limit/);
    expectRefusal(
      await cloud.call(tenant, 'GET', '/api/audit/v1/action/?start_date__gte=soon'),
      400,
      /^start_date__gte/,
    );
  });

  it('operations that are not served say so', async () => {
    const upgrade = `/api/infra/v1/node/${absent}/docker-upgrade/`;
    expectRefusal(await cloud.call(tenant, 'POST', upgrade), 400, /not done here/);
    expectRefusal(await cloud.call(tenant, 'PUT', `${uri}trigger/`, {}), 405, /GET, POST/);
    expectRefusal(await cloud.call(tenant, 'GET', `${uri}logs/`), 400, /websocket/);
    expectRefusal(await cloud.call(tenant, 'GET', '/api/app/v1/servce/'), 404, /./);
  });

  it('addresses work without their last slash and with doubled ones', async () => {
    for (const path of [uri, uri.slice(0, -1), uri.replaceAll('/', '//')]) {
      expect([path, (await cloud.call(tenant, 'GET', path)).status]).toEqual([path, 200]);
    }
  });

  it('calls without a body may name its type', async () => {
    const start = await fetch(`${cloud.url}${uri}scale/`, {
      method: 'POST',
      headers: { authorization: basic(tenant), 'content-type': 'application/json' },
    });
    expect(start.status).toBe(200);
  });

  it('a credential that is good is told whose it is', async () => {
    for (const path of ['/auth', '/auth/']) {
      expect((await cloud.call(tenant, 'GET', path)).body).toEqual({
        user: tenant.user,
        organization: 'mine',
        namespace: 'mine',
      });
    }
    expectRefusal(await cloud.send('GET', '/auth/', {}), 401, /./);
  });
});
