import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { ManagementApi } from '../support/management-api.js';

let database: TestDatabase;
let api: ManagementApi;
let operator: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await ManagementApi.start(database);
  operator = (await api.bootstrap()).apiKey ?? '';
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

interface Founded {
  organization: { id: string; name: string; resourceUri: string };
  project: { id: string; namespace: string };
  user: { id: string; name: string };
  apiKey: string;
}

let counter = 0;
async function found(): Promise<Founded> {
  const name = `org-${++counter}`;
  const answer = await api.call('/api/v1/organizations', {
    as: operator,
    body: { name, owner: { name: `owner-${counter}`, password: 'a long password' } },
  });
  expect(answer.status).toBe(201);
  return answer.body as unknown as Founded;
}

describe('one call that makes an organization', () => {
  it('returns organization, project, user and a key that works at once', async () => {
    const founded = await found();
    expect(founded.organization.resourceUri).toBe(`/api/v1/organizations/${founded.organization.id}`);
    expect(founded.project.namespace).toBe(founded.organization.name);
    const me = await api.call('/api/v1/me', { as: founded.apiKey });
    expect(me.status).toBe(200);
    expect(me.body).toMatchObject({
      user: { name: founded.user.name, isOperator: false },
      present: { organization: founded.organization.name, roles: ['owner'], access: 'write' },
    });
  });

  it('is the operator’s alone, and a taken name is a conflict that names the field', async () => {
    const founded = await found();
    const body = { name: 'other', owner: { name: 'somebody', password: 'a long password' } };
    expect((await api.call('/api/v1/organizations', { as: founded.apiKey, body })).status).toBe(403);
    const taken = { ...body, name: founded.organization.name };
    const answer = await api.call('/api/v1/organizations', { as: operator, body: taken });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ error: { code: 'conflict', field: 'name' } });
    // Nothing of the refused call remains.
    expect((await api.call('/api/v1/users/somebody', { as: operator })).status).toBe(404);
  });

  it('keeps tenants apart: the other’s organization is as absent as one that is not there', async () => {
    const [a, b] = [await found(), await found()];
    const foreign = await api.call(`/api/v1/organizations/${b.organization.id}`, { as: a.apiKey });
    const absent = await api.call(`/api/v1/organizations/nothing`, { as: a.apiKey });
    expect(foreign.status).toBe(404);
    expect(foreign.body).toEqual(absent.body);
    expect((await api.call(`/api/v1/projects/${b.project.namespace}`, { as: a.apiKey })).status).toBe(404);
  });
});

describe('bad input', () => {
  const login = '/api/v1/auth/login';

  it('is refused with the fields that are wrong', async () => {
    const answer = await api.call(login, { body: { name: 3, surprise: true } });
    expect(answer.status).toBe(400);
    const { error } = answer.body as unknown as { error: { code: string; fields: { field: string }[] } };
    expect(error.code).toBe('invalid');
    expect(error.fields.map((each) => each.field)).toEqual(expect.arrayContaining(['name', 'password']));
  });

  it.each([
    ['malformed JSON', '{"name": ', {}, 400, 'invalid'],
    ['a body that is too large', JSON.stringify({ name: 'x'.repeat(300_000) }), {}, 413, 'too-large'],
    ['another media type', 'name=x', { 'content-type': 'text/csv' }, 415, 'unsupported-media'],
  ])('%s', async (_what, body, headers: Record<string, string>, status, code) => {
    const answer = await api.call(login, { body, headers });
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code } });
  });

  it('an address that is not there', async () => {
    const answer = await api.call('/api/v1/nothing', { as: operator });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ error: { code: 'not-found' } });
  });
});

describe('the audit trail', () => {
  it('has every change, in pages that can be walked', async () => {
    const { organization, apiKey } = await found();
    const base = `/api/v1/organizations/${organization.id}`;
    for (const name of ['one', 'two', 'three']) {
      expect((await api.call(`${base}/projects`, { as: apiKey, body: { name } })).status).toBe(201);
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await api.call(`${base}/actions?limit=2${cursor ? `&cursor=${cursor}` : ''}`, { as: apiKey });
      expect(page.status).toBe(200);
      const { items, next } = page.body as unknown as {
        items: { verb: string; resource: { type: string; name: string } }[];
        next: string | null;
      };
      seen.push(...items.map(({ verb, resource }) => `${verb} ${resource.type} ${resource.name}`));
      cursor = next;
    }
    expect(seen).toEqual([
      'create project three',
      'create project two',
      'create project one',
      `create organization ${organization.name}`,
    ]);
    const filtered = await api.call(`${base}/actions?resourceType=organization`, { as: apiKey });
    expect(filtered.body['items']).toHaveLength(1);
  });
});

describe('quotas', () => {
  it('stop growth with a sentence, the organization’s over all of its projects', async () => {
    const { organization, apiKey } = await found();
    const base = `/api/v1/organizations/${organization.id}`;
    const limits = { limits: { projects: 2 } };
    expect((await api.call(`${base}/quotas`, { method: 'PUT', as: apiKey, body: limits })).status).toBe(403);
    expect((await api.call(`${base}/quotas`, { method: 'PUT', as: operator, body: limits })).status).toBe(200);
    expect((await api.call(`${base}/projects`, { as: apiKey, body: { name: 'second' } })).status).toBe(201);
    const refused = await api.call(`${base}/projects`, { as: apiKey, body: { name: 'third' } });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      error: {
        code: 'quota',
        message: 'The quota of the organization is 2 projects; 2 in use, 1 more asked for.',
      },
    });
    const usage = await api.call(`${base}/quotas`, { as: apiKey });
    expect(usage.body['quotas']).toContainEqual({ resource: 'projects', used: 2, limit: 2 });
  });

  it('of a project stay within the organization’s', async () => {
    const { organization, project, apiKey } = await found();
    const limit = (containers: number) => ({ method: 'PUT' as const, body: { limits: { containers } } });
    await api.call(`/api/v1/organizations/${organization.id}/quotas`, { as: operator, ...limit(5) });
    const path = `/api/v1/projects/${project.id}/quotas`;
    expect((await api.call(path, { as: apiKey, ...limit(6) })).body).toMatchObject({
      error: { code: 'invalid', field: 'containers' },
    });
    expect((await api.call(path, { as: apiKey, ...limit(5) })).status).toBe(200);
  });
});

describe('members', () => {
  it('the last owner stays, and an admin makes no owners', async () => {
    const { organization, user, apiKey } = await found();
    const base = `/api/v1/organizations/${organization.id}`;
    const alone = await api.call(`${base}/members/${user.name}`, { method: 'DELETE', as: apiKey });
    expect(alone.body).toMatchObject({ error: { code: 'state' } });
    const other = await found();
    const put = (as: string, name: string, role: string) =>
      api.call(`${base}/members/${name}`, { method: 'PUT', as, body: { role } });
    expect((await put(apiKey, other.user.name, 'admin')).status).toBe(200);
    const session = await login(other.user.name);
    expect((await put(session, other.user.name, 'owner')).body).toMatchObject({ error: { code: 'forbidden' } });
    expect((await put(session, user.name, 'developer')).body).toMatchObject({ error: { code: 'forbidden' } });
    const members = await api.call(`${base}/members`, { as: apiKey });
    expect(members.body).toMatchObject({ total: 2 });
  });
});

async function login(name: string): Promise<string> {
  const answer = await api.call('/api/v1/auth/login', { body: { name, password: 'a long password' } });
  expect(answer.status).toBe(200);
  return answer.body['accessToken'] as string;
}
