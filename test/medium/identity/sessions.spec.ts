import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { ownerPassword, until, World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await World.open(2);
});
afterAll(() => world.close());

const me = '/api/v1/me';
const status = async (as: string, process = 0) => (await world.apis[process]?.call(me, { as }))?.status;
const refresh = (refreshToken: string) => world.api.call('/api/v1/auth/refresh', { body: { refreshToken } });
const jwks = async () =>
  (await world.api.call('/.well-known/jwks.json')).body as unknown as JSONWebKeySet & { keys: { kid: string }[] };

describe('a login', () => {
  it('gives a token that anybody can verify with the published keys', async () => {
    const { user } = await world.found();
    const { accessToken, expiresIn } = await world.login(user.name);
    expect(expiresIn).toBe(900);
    const { payload, protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet(await jwks()), {
      issuer: 'pierhead',
    });
    expect(payload.sub).toBe(user.id);
    expect(protectedHeader.alg).toBe('RS256');
    expect([await status(accessToken, 0), await status(accessToken, 1)]).toEqual([200, 200]);
    expect(JSON.stringify(await jwks())).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
  });

  it('fails alike for a wrong password, an unknown user and one without a password', async () => {
    const { user } = await world.found();
    await world.api.call('/api/v1/users', { as: world.operator, body: { name: 'by-key-only' } });
    const attempts = [
      { name: user.name, password: 'a wrong password' },
      { name: 'nobody', password: ownerPassword },
      { name: 'by-key-only', password: ownerPassword },
    ];
    const answers = [];
    for (const body of attempts) answers.push(await world.api.call('/api/v1/auth/login', { body }));
    expect(new Set(answers.map((each) => each.status))).toEqual(new Set([401]));
    expect(new Set(answers.map((each) => JSON.stringify(each.body))).size).toBe(1);
  });

  it('is refused after twenty tries in a minute', async () => {
    const { user } = await world.found();
    const body = { name: user.name, password: 'guess' };
    const answers = await Promise.all(Array.from({ length: 25 }, () => world.api.call('/api/v1/auth/login', { body })));
    expect(answers.map((each) => each.status)).toContain(429);
  });
});

/** Logins are counted per address, so what needs many gets a world of its own. */
describe('a session', () => {
  let own: World;
  beforeEach(async () => {
    own = await World.open(2);
  });
  afterEach(() => own.close());
  const ask = async (as: string, process = 0) => (await own.apis[process]?.call(me, { as }))?.status;
  const again = (refreshToken: string) => own.api.call('/api/v1/auth/refresh', { body: { refreshToken } });

  it('is ended by a logout, everywhere', async () => {
    const { user } = await own.found();
    const { accessToken, refreshToken } = await own.login(user.name);
    expect([await ask(accessToken, 0), await ask(accessToken, 1)]).toEqual([200, 200]);
    const answer = await own.api.call('/api/v1/auth/logout', { method: 'POST', as: accessToken });
    expect(answer.status).toBe(204);
    expect(await ask(accessToken, 0)).toBe(401);
    await until(async () => (await ask(accessToken, 1)) === 401);
    expect((await again(refreshToken)).status).toBe(401);
  });

  it('is carried on by its refresh token once, and ended when that is used again', async () => {
    const { user } = await own.found();
    const first = await own.login(user.name);
    const second = await again(first.refreshToken);
    expect(second.status).toBe(200);
    const accessToken = second.body['accessToken'] as string;
    expect(await ask(accessToken)).toBe(200);
    expect((await again(first.refreshToken)).status).toBe(401);
    expect(await ask(accessToken)).toBe(401);
    expect((await again(second.body['refreshToken'] as string)).status).toBe(401);
  });

  it('is not doubled by two refreshes at once', async () => {
    const { user } = await own.found();
    const { refreshToken } = await own.login(user.name);
    const answers = await Promise.all([again(refreshToken), again(refreshToken)]);
    expect(answers.filter((each) => each.status === 200).length).toBeLessThan(2);
  });

  it('ends with a new password', async () => {
    const { user } = await own.found();
    const { accessToken } = await own.login(user.name);
    const change = (currentPassword: string) =>
      own.api.call(`${me}/password`, { as: accessToken, body: { currentPassword, newPassword: 'another password' } });
    expect((await change('wrong')).body).toMatchObject({ error: { code: 'invalid', field: 'currentPassword' } });
    expect((await change(ownerPassword)).status).toBe(204);
    expect(await ask(accessToken)).toBe(401);
    await own.login(user.name, 'another password');
  });
});

describe('the signing key', () => {
  it('is rotated without ending anything, and ends its tokens when it is retired', async () => {
    const own = await World.open(2);
    try {
      const ask = async (as: string, process: number) => (await own.apis[process]?.call(me, { as }))?.status;
      const { user } = await own.found();
      const { accessToken: old } = await own.login(user.name);
      const { kid } = decodeProtectedHeader(old);
      const keys = '/api/v1/signing-keys';
      const retire = () => own.api.call(`${keys}/${kid}`, { method: 'DELETE', as: own.operator });
      expect((await retire()).body).toMatchObject({ error: { code: 'conflict' } });
      expect((await own.api.call(keys, { method: 'POST', as: own.operator })).status).toBe(201);
      const { accessToken: fresh } = await own.login(user.name);
      expect(decodeProtectedHeader(fresh).kid).not.toBe(kid);
      for (const process of [0, 1]) {
        expect([await ask(old, process), await ask(fresh, process)]).toEqual([200, 200]);
      }
      expect((await retire()).status).toBe(204);
      expect([await ask(old, 0), await ask(fresh, 0)]).toEqual([401, 200]);
      await until(async () => (await ask(old, 1)) === 401);
    } finally {
      await own.close();
    }
  });

  it('of somebody else is not believed', async () => {
    const { user } = await world.found();
    const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid: (await jwks()).keys[0]?.kid })).toString(
      'base64url',
    );
    const payload = Buffer.from(
      JSON.stringify({ sub: user.id, sid: user.id, iss: 'pierhead', aud: 'pierhead', exp: 4e9 }),
    ).toString('base64url');
    expect(await status(`${header}.${payload}.${'A'.repeat(342)}`)).toBe(401);
    expect((await refresh('ph_r_nonsense')).status).toBe(401);
  });
});
