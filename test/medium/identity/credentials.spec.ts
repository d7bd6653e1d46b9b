import type { CredentialInvalidations as Invalidations } from '#libs/core/identity/credential-invalidations.port.js';
import { CredentialInvalidations } from '#libs/core/identity/credential-invalidations.port.js';
import { CachedCredentialVerifier } from '#libs/identity/credential/cached.credential-verifier.js';
import pg from 'pg';
import { until, World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await World.open(2);
});
afterAll(() => world.close());

const me = '/api/v1/me';
const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
const status = async (as: string, process = 0, path = me) => (await world.apis[process]?.call(path, { as }))?.status;

async function asOwner(text: string, values: unknown[] = []): Promise<number> {
  const client = new pg.Client({ connectionString: world.database.url });
  await client.connect();
  try {
    return (await client.query(text, values)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

describe('an API key', () => {
  it('is taken as Basic password, Bearer and in the headers of other clients', async () => {
    const { user, apiKey } = await world.found();
    expect(await status(basic(user.name, apiKey))).toBe(200);
    expect(await status(`Bearer ${apiKey}`)).toBe(200);
    for (const header of ['x-auth-token', 'x-access-token']) {
      expect((await world.api.call(me, { headers: { [header]: apiKey } })).status).toBe(200);
      expect((await world.api.call(me, { headers: { [header]: `bearer ${apiKey}` } })).status).toBe(200);
    }
  });

  it('looks like ph_<8>_<40>, is shown once and is nowhere in the database', async () => {
    const founded = await world.found();
    const key = await world.key(founded);
    expect(key.secret).toMatch(/^ph_[0-9A-Za-z]{8}_[0-9A-Za-z]{40}$/);
    expect(key.secret.startsWith(key.prefix)).toBe(true);
    const shown = await world.api.call(key.resourceUri, { as: founded.apiKey });
    expect(JSON.stringify(shown.body)).not.toContain(key.secret);
    const digest = await asOwner(
      `SELECT 1 FROM api_key k WHERE k.secret_hash = sha256($1::bytea) AND NOT to_jsonb(k)::text LIKE '%' || $2 || '%'`,
      [key.secret, key.secret],
    );
    expect(digest).toBe(1);
  });

  it('is refused in one sentence whatever is wrong with it', async () => {
    const founded = await world.found();
    const expired = await world.key(founded, { expiresAt: new Date(Date.now() + 60_000).toISOString() });
    await asOwner(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [expired.id]);
    const revoked = await world.key(founded);
    await world.api.call(revoked.resourceUri, { method: 'DELETE', as: founded.apiKey });
    const attempts = [
      undefined,
      'Bearer nonsense',
      'Basic !!!',
      `Bearer ph_${'a'.repeat(8)}_${'b'.repeat(40)}`,
      expired.secret,
      revoked.secret,
      basic('somebody-else', founded.apiKey),
      'Bearer eyJhbGciOiJub25lIn0.e30.',
    ];
    const answers = await Promise.all(attempts.map((as) => world.api.call(me, as === undefined ? {} : { as })));
    expect(new Set(answers.map((each) => each.status))).toEqual(new Set([401]));
    expect(new Set(answers.map((each) => JSON.stringify(each.body))).size).toBe(1);
    expect(answers[0]?.headers['www-authenticate']).toContain('Basic');
  });

  it('that was revoked fails at the next call here, and within moments in other processes', async () => {
    const founded = await world.found();
    const key = await world.key(founded);
    expect([await status(key.secret, 0), await status(key.secret, 1)]).toEqual([200, 200]);
    await world.api.call(key.resourceUri, { method: 'DELETE', as: founded.apiKey });
    expect(await status(key.secret, 0)).toBe(401);
    await until(async () => (await status(key.secret, 1)) === 401);
  });

  it('that may only read changes nothing, not even by making another key', async () => {
    const founded = await world.found();
    const { secret } = await world.key(founded, { access: 'read' });
    const base = `/api/v1/organizations/${founded.organization.id}`;
    expect(await status(secret, 0, base)).toBe(200);
    const answer = await world.api.call(`${base}/api-keys`, { as: secret, body: { name: 'more' } });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ error: { code: 'forbidden', message: expect.stringContaining('only read') } });
  });

  it('of one project reaches no other, nor the organization, nor makes a key that does', async () => {
    const founded = await world.found();
    const base = `/api/v1/organizations/${founded.organization.id}`;
    const second = await world.api.call(`${base}/projects`, { as: founded.apiKey, body: { name: 'second' } });
    const namespace = second.body['namespace'] as string;
    const { secret } = await world.key(founded, { project: namespace });
    expect(await status(secret, 0, `/api/v1/projects/${namespace}`)).toBe(200);
    expect(await status(secret, 0, `/api/v1/projects/${founded.project.id}`)).toBe(404);
    const project = await world.api.call(`${base}/projects`, { as: secret, body: { name: 'third' } });
    expect(project.status).toBe(403);
    const narrow = await world.key(founded, {}, secret);
    expect(narrow).toMatchObject({ projectId: second.body['id'] });
  });

  it('cannot be made to outlive the key that asks', async () => {
    const founded = await world.found();
    const soon = new Date(Date.now() + 60_000).toISOString();
    const { secret } = await world.key(founded, { expiresAt: soon });
    const path = `/api/v1/organizations/${founded.organization.id}/api-keys`;
    expect((await world.api.call(path, { as: secret, body: { name: 'longer' } })).status).toBe(400);
    expect((await world.api.call(path, { as: secret, body: { name: 'same', expiresAt: soon } })).status).toBe(201);
  });

  it('has its last use noted', async () => {
    const founded = await world.found();
    const key = await world.key(founded);
    await status(key.secret);
    await world.api.app.get(CachedCredentialVerifier, { strict: false }).noteUse();
    const shown = await world.api.call(key.resourceUri, { as: founded.apiKey });
    expect(shown.body['lastUsedAt']).not.toBeNull();
  });
});

describe('what a credential may do', () => {
  it('changes at once with its user’s role', async () => {
    const [a, b] = [await world.found(), await world.found()];
    const { accessToken } = await world.login(b.user.name);
    const base = `/api/v1/organizations/${a.organization.id}`;
    const member = `${base}/members/${b.user.name}`;
    expect(await status(accessToken, 0, base)).toBe(404);
    const put = (role: string) => world.api.call(member, { method: 'PUT', as: a.apiKey, body: { role } });
    await put('auditor');
    expect(await status(accessToken, 0, `${base}/actions`)).toBe(200);
    await put('developer');
    expect(await status(accessToken, 0, `${base}/actions`)).toBe(403);
    await until(async () => (await status(accessToken, 1, `${base}/actions`)) === 403);
    await world.api.call(member, { method: 'DELETE', as: a.apiKey });
    expect(await status(accessToken, 0, base)).toBe(404);
  });

  it('ends at once when its user is disabled, and when the user leaves the key’s organization', async () => {
    const [a, b] = [await world.found(), await world.found()];
    await world.api.call(`/api/v1/organizations/${a.organization.id}/members/${b.user.name}`, {
      method: 'PUT',
      as: a.apiKey,
      body: { role: 'developer' },
    });
    const { accessToken } = await world.login(b.user.name);
    const guest = await world.key(a, {}, accessToken);
    expect(await status(guest.secret)).toBe(200);
    await world.api.call(`/api/v1/organizations/${a.organization.id}/members/${b.user.name}`, {
      method: 'DELETE',
      as: a.apiKey,
    });
    expect(await status(guest.secret)).toBe(401);
    expect(await status(b.apiKey)).toBe(200);
    const patch = { method: 'PATCH' as const, as: world.operator, body: { disabled: true } };
    expect((await world.api.call(`/api/v1/users/${b.user.name}`, patch)).status).toBe(200);
    expect([await status(b.apiKey), await status(accessToken)]).toEqual([401, 401]);
  });
});

describe('the line on which changes are heard', () => {
  it('is made again when it breaks, and nothing is remembered meanwhile', async () => {
    const founded = await world.found();
    const key = await world.key(founded);
    const [first] = world.apis;
    const line = first?.app.get<Invalidations>(CredentialInvalidations as never, { strict: false });
    await status(key.secret);
    await asOwner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pierhead-credentials'
                    AND datname = current_database()`);
    await until(() => Promise.resolve(line?.connected === false));
    // Nobody is told of this.
    await asOwner(`UPDATE api_key SET revoked_at = now() WHERE id = $1`, [key.id]);
    expect(await status(key.secret)).toBe(401);
    await until(() => Promise.resolve(line?.connected === true));
    expect(await status(founded.apiKey)).toBe(200);
  });
});

describe('too many calls', () => {
  it('are refused per credential, with the time to wait', async () => {
    const limited = await World.open(1, { requestsPerMinute: 5 });
    try {
      const founded = await limited.found();
      const call = (as: string) => limited.api.call(me, { as });
      for (let i = 0; i < 5; i++) expect((await call(founded.apiKey)).status).toBe(200);
      const refused = await call(founded.apiKey);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await call(limited.operator)).status).toBe(200);
      for (let i = 0; i < 5; i++) expect((await call('wrong')).status).toBe(401);
      expect((await call('wrong')).status).toBe(429);
    } finally {
      await limited.close();
    }
  });
});
