import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseJoinToken } from '#libs/agent-protocol/join-token.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { runProgram } from '../../support/test-parts.js';
import { ManagementApi } from '../support/management-api.js';

let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'pierhead-bootstrap-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await database.drop();
});

const root = resolve(import.meta.dirname, '../../..');
const bootstrap = (...options: string[]) => {
  const output = runProgram(root, 'apps/ctl/bootstrap.ts', { DATABASE_URL: database.url }, options);
  expect(output.trim().split('\n')).toHaveLength(1);
  return JSON.parse(output) as Record<string, string>;
};

it('sets an empty platform up, tells its secrets once, and changes nothing the second time', async () => {
  const first = bootstrap();
  expect(first).toMatchObject({ created: true, organization: 'harbor', namespace: 'harbor', user: 'admin' });
  const { tokenId } = parseJoinToken(first['joinToken'] ?? '');

  const { organization, project, namespace, user } = first;
  expect(bootstrap()).toEqual({ created: false, organization, project, namespace, user });
  const third = bootstrap('--join-token');
  expect(third).toMatchObject({ created: false });
  expect(parseJoinToken(third['joinToken'] ?? '').tokenId).not.toBe(tokenId);

  const api = await ManagementApi.start(database);
  try {
    const me = await api.call('/api/v1/me', { as: first['apiKey'] });
    expect(me.body).toMatchObject({ present: { organization: 'harbor', roles: ['owner', 'operator'] } });
    const body = { name: 'admin', password: first['password'] };
    expect((await api.call('/api/v1/auth/login', { body })).status).toBe(200);
    expect((await api.call('/.well-known/jwks.json')).body['keys']).toHaveLength(1);
  } finally {
    await api.stop();
  }
}, 30_000);

it('does not start with another master key than the platform was set up with', () => {
  writeFileSync(join(folder, 'other.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
  const environment = { DATABASE_URL: database.url, PIERHEAD_MASTER_KEY_FILE: join(folder, 'other.key') };
  expect(() => runProgram(root, 'apps/ctl/bootstrap.ts', environment)).toThrow('The platform was not set up');
});
