import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateFolder } from './state-folder.js';

const mode = (path: string) => statSync(path).mode & 0o777;

describe('StateFolder', () => {
  let base: string;
  let state: StateFolder;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'state-'));
    state = new StateFolder(join(base, '.pierhead'));
    state.make();
  });
  afterEach(() => {
    state.remove();
    rmSync(base, { recursive: true, force: true });
  });

  it('is for its owner only', () => {
    expect([state.path, state.file('keys'), state.file('logs'), state.runFolder('engine')].map(mode)).toEqual(
      Array.from({ length: 4 }, () => 0o700),
    );
  });

  it('makes a secret once and keeps it 0600', () => {
    const first = state.secret('redis.password');
    expect(first).toMatch(/^[\w-]{32}$/);
    expect(new StateFolder(state.path).secret('redis.password')).toBe(first);
    expect(mode(state.file('keys', 'redis.password'))).toBe(0o600);
    expect(readFileSync(state.file('keys', 'redis.password'), 'utf8').trim()).toBe(first);
  });

  it('leaves room for a socket’s name, however long its own path is', () => {
    const long = new StateFolder(join('/', 'a'.repeat(200)));
    expect(join(long.runPath, 'engine', 'podman.sock').length).toBeLessThan(107);
    expect(long.id).toMatch(/^[0-9a-f]{8}$/);
    expect(long.id).not.toBe(state.id);
  });

  it('is where PIERHEAD_STATE says, else in the checkout', () => {
    expect(StateFolder.of('/checkout', {}).path).toBe('/checkout/.pierhead');
    expect(StateFolder.of('/checkout', { PIERHEAD_STATE: '/srv/state' }).path).toBe('/srv/state');
  });
});
