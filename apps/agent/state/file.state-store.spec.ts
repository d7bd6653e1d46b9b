import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '#libs/platform/log.js';
import { newRun } from '../converge/container.record.js';
import { assignment } from '../testing/node-fixture.js';
import { FileStateStore } from './file.state-store.js';

describe('the agent’s state on disk', () => {
  let folder: string;
  const open = () => new FileStateStore(folder, createLog('test', 'silent'));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agent-state-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('gives back what was noted, and what was removed no more', async () => {
    const store = open();
    expect(await store.load()).toEqual({ generation: 0, containers: [] });
    const [kept, gone] = [assignment(), assignment()];
    for (const each of [kept, gone]) store.save({ assignment: each, run: newRun(each) });
    store.setGeneration(4);
    await store.flush();
    store.remove(gone.containerId);
    await store.flush();
    expect(await open().load()).toEqual({ generation: 4, containers: [{ assignment: kept, run: newRun(kept) }] });
  });

  it('takes up what an older agent wrote', async () => {
    const store = open();
    await store.load();
    const { volumes: _volumes, volumeSet: _set, volumesFrom: _from, ...older } = assignment();
    const record = { assignment: older, run: newRun(assignment()) };
    await writeFile(join(folder, 'containers', `${older.containerId}.json`), JSON.stringify(record));
    const [taken] = (await open().load()).containers;
    expect(taken?.assignment).toEqual({ ...older, volumes: [], volumeSet: null, volumesFrom: [] });
  });

  it('keeps registry passwords off the disk, and the rest from other users', async () => {
    const store = open();
    await store.load();
    const wanted = assignment({ credentials: { server: 'r', username: 'u', password: 'very-secret' } });
    store.save({ assignment: wanted, run: newRun(wanted) });
    await store.flush();
    const path = join(folder, 'containers', `${wanted.containerId}.json`);
    expect(await readFile(path, 'utf8')).not.toContain('very-secret');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'containers'))).mode & 0o777).toBe(0o700);
  });

  it('leaves out what a power cut tore, and clears away half-written files', async () => {
    const store = open();
    await store.load();
    await writeFile(join(folder, 'containers', 'torn.json'), '{"assignment":');
    await writeFile(join(folder, 'containers', 'x.json.12.new'), '{');
    expect((await open().load()).containers).toEqual([]);
    expect(await readdir(join(folder, 'containers'))).toEqual(['torn.json']);
  });
});
