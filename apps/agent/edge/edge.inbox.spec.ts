import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EdgeState } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import { createLog } from '#libs/platform/log.js';
import { EdgeInbox } from './edge.inbox.js';
import { EdgeStore } from './edge.store.js';

const named = (...ids: string[]) =>
  ids.map((projectId) => ({ projectId, routes: [], certificates: [], challenges: [] }));
const state = (generation: number, given: Partial<EdgeState>): EdgeState => ({
  generation,
  full: false,
  projects: [],
  removedProjects: [],
  more: false,
  ...given,
});

describe('what an edge is told', () => {
  let folder: string;
  let inbox: EdgeInbox;
  const store = () => new EdgeStore(folder, createLog('test', 'silent'));
  const held = (from = inbox) => from.snapshot().projects.map(({ projectId }) => projectId);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-edge-'));
    inbox = new EdgeInbox(store());
    await inbox.load();
    inbox.sessionBegan();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('counts when all of its parts are there', async () => {
    expect(await inbox.receive(state(1, { full: true, projects: named('a'), more: true }))).toBe(false);
    expect([held(), inbox.snapshot().generation]).toEqual([[], 0]);
    expect(await inbox.receive(state(1, { projects: named('b') }))).toBe(true);
    expect([held(), inbox.snapshot().generation]).toEqual([['a', 'b'], 1]);
  });

  it('is whole per project: others stay, the removed go', async () => {
    await inbox.receive(state(1, { full: true, projects: named('a', 'b', 'c') }));
    await inbox.receive(state(2, { projects: named('b'), removedProjects: ['c'] }));
    expect(held()).toEqual(['a', 'b']);
    expect([...inbox.snapshot().generations]).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('is kept over a restart, for its user only, and numbered anew by the next session', async () => {
    await inbox.receive(state(7, { full: true, projects: named('a', 'b') }));
    expect((await stat(join(folder, 'a.json'))).mode & 0o777).toBe(0o600);
    await writeFile(join(folder, 'torn.json'), '{');
    await writeFile(join(folder, 'a.json.12.new'), '{');
    const next = new EdgeInbox(store());
    await next.load();
    next.sessionBegan();
    expect(held(next)).toEqual(['a', 'b']);
    expect([next.snapshot().generation, next.snapshot().generations.size]).toEqual([0, 0]);
    await next.receive(state(1, { full: true, projects: named('b') }));
    expect(held(next)).toEqual(['b']);
    expect((await readdir(folder)).sort()).toEqual(['b.json', 'torn.json']);
  });

  it('of a session that broke off is not mixed with the next one’s', async () => {
    await inbox.receive(state(1, { full: true, projects: named('a'), more: true }));
    inbox.sessionBegan();
    await inbox.receive(state(1, { full: true, projects: named('b') }));
    expect(held()).toEqual(['b']);
  });
});
