import { Cloud, type Tenant } from './support/cloud.js';

type Body = Record<string, unknown>;

describe('external repositories through the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let other: Tenant;
  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('pulls');
    other = await cloud.tenant('else');
    await cloud.plane.node();
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
  const add = (name: string, credentials: object = { username: 'robot', password: 'very-secret' }) =>
    call('POST', '/api/repo/v1/repository/', { name, ...credentials });
  const listed = async (what: string, query = '', as = tenant) =>
    ((await cloud.call(as, 'GET', `/api/repo/v1/${what}/${query}`)).body as { objects: Body[] }).objects;
  const runs = async (name: string, image: string, as = tenant) => {
    const made = await cloud.call(as, 'POST', '/api/app/v1/service/', { name, image });
    await cloud.call(as, 'POST', `${made.body['resource_uri'] as string}start/`);
    await cloud.plane.settle();
    const held = cloud.plane.nodes.flatMap((node) => [...node.held.values()]);
    return held.find(({ assignment }) => assignment.serviceId === made.body['uuid'])?.assignment.credentials;
  };

  it('are added, listed, shown, changed and removed, and their password is shown to nobody', async () => {
    const made = await add('registry.local:5000/user1/image1');
    const uri = '/api/repo/v1/pulls/repository/registry.local:5000/user1/image1/';
    expect([made.status, made.body]).toEqual([
      201,
      {
        in_use: false,
        name: 'registry.local:5000/user1/image1',
        registry: '/api/repo/v1/pulls/registry/registry.local:5000/',
        resource_uri: uri,
      },
    ]);
    expect((await add('registry.local:5000/user1/image1')).status).toBe(409);
    for (const path of [uri, uri.replace('/pulls', ''), uri.slice(0, -1)]) {
      expect((await call('GET', path)).body).toEqual(made.body);
    }
    expect(await listed('repository', '?name=registry.local:5000/user1/image1')).toEqual([made.body]);
    expect(await listed('repository', `?registry=${made.body['registry'] as string}`)).toEqual([made.body]);
    expect(await listed('repository', '?registry=quay.example')).toEqual([]);
    const changed = await call('PATCH', uri, { username: 'robot', password: 'another-secret' });
    expect([changed.status, changed.body]).toEqual([200, made.body]);
    const stored = await cloud.plane.owner.query('SELECT r.*::text AS row, password_sealed FROM registry r');
    const actions = await call('GET', '/api/audit/v1/action/?limit=100');
    for (const text of [JSON.stringify(stored), JSON.stringify(actions.body)]) expect(text).not.toContain('secret');
    const sealed = (stored as { password_sealed: Buffer }[])[0]?.password_sealed;
    expect(sealed?.includes('another-secret')).toBe(false);
    const gone = await call('DELETE', uri);
    expect([gone.status, gone.headers['x-dockercloud-action-uri']]).toEqual([200, expect.stringContaining('/action/')]);
    expect((await call('GET', uri)).status).toBe(404);
    expect((await call('DELETE', uri)).status).toBe(404);
  });

  it('give their credentials to the nodes that pull from them, and to no other project', async () => {
    const given = (password: string) => ({ server: 'r.example', username: 'robot', password });
    await add('r.example/app');
    expect(await runs('private', 'r.example/app:1')).toEqual(given('very-secret'));
    expect(await runs('next-to-it', 'r.example/other:1')).toBeNull();
    expect(await runs('foreign', 'r.example/app:1', other)).toBeNull();
    const uri = '/api/repo/v1/repository/r.example/app/';
    expect((await call('GET', uri)).body).toMatchObject({ in_use: true });
    expect((await cloud.call(other, 'GET', uri)).status).toBe(404);
    await call('PATCH', uri, {});
    expect(await runs('unchanged', 'r.example/app')).toEqual(given('very-secret'));
    await call('PATCH', uri, { password: 'new-secret' });
    expect(await runs('changed', 'r.example/app')).toEqual(given('new-secret'));
    await call('PATCH', uri, { username: null, password: null });
    expect(await runs('public', 'r.example/app')).toBeNull();
  });

  it('of Docker’s own registry may be named without its host', async () => {
    const made = await add('docker.io/me/app');
    expect(made.body).toMatchObject({
      name: 'me/app',
      registry: '/api/repo/v1/pulls/registry/registry-1.docker.io/',
    });
    expect((await call('GET', '/api/repo/v1/repository/me/app/')).body).toEqual(made.body);
    expect(await runs('hub', 'me/app:2')).toMatchObject({ server: 'docker.io', username: 'robot' });
  });

  it('are at registries, of which Docker’s own is always one', async () => {
    const hub = {
      host: 'registry-1.docker.io',
      is_docker_registry: true,
      is_ssl: true,
      name: 'Docker Hub',
      port: 443,
      resource_uri: '/api/repo/v1/else/registry/registry-1.docker.io/',
    };
    expect(await listed('registry', '', other)).toEqual([hub]);
    expect((await cloud.call(other, 'GET', hub.resource_uri)).body).toEqual(hub);
    await add('q.example:8443/x', {});
    const mine = { host: 'q.example', is_docker_registry: false, name: 'q.example:8443', port: 8443 };
    expect(await listed('registry', '?host=q.example')).toEqual([expect.objectContaining(mine)]);
    expect(await listed('registry', '?is_docker_registry=true')).toHaveLength(1);
    expect(await listed('registry', '?uuid=x')).toEqual([]);
    expect((await call('GET', '/api/repo/v1/registry/q.example:8443/')).body).toMatchObject(mine);
    expect((await cloud.call(other, 'GET', '/api/repo/v1/registry/q.example:8443/')).status).toBe(404);
  });

  it.each<[string, Body, RegExp]>([
    ['no name', {}, /^name/],
    ['a tag', { name: 'r.example/a:1' }, /^name: .*tag/],
    ['a host alone', { name: 'r.example/' }, /^name: /],
    ['capitals', { name: 'r.example/A' }, /^name: /],
    ['a wrong host', { name: 'r_.example/a' }, /^name: /],
    ['a password without a user', { name: 'r.example/b', password: 'p' }, /^username: /],
    ['a user without a password', { name: 'r.example/b', username: 'u' }, /^username: /],
    ['a user with a colon', { name: 'r.example/b', username: 'u:v', password: 'p' }, /^username: /],
    ['an unknown field', { name: 'r.example/b', pasword: 'p' }, /pasword/],
  ])('refuse %s', async (_, body, sentence) => {
    const { status, body: answer } = await call('POST', '/api/repo/v1/repository/', body);
    expect([status, answer['error']]).toEqual([400, expect.stringMatching(sentence)]);
  });
});
