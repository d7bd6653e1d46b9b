import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageReport } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import { containerTemplate } from '#libs/domain/container/template.js';
import { createLog } from '#libs/platform/log.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { image } from '../testing/node-fixture.js';
import { until } from '../testing/until.js';
import { FoundVolumes } from './found-volumes.js';
import { StorageService } from './storage.service.js';
import { VolumeFences } from './volume-fences.js';
import { diskUsage } from './volume-size.js';

const quick = { gatherMs: 5, retryMs: 10, longestRetryMs: 20, lookMs: 10, sizesEveryMs: 40 };
const signal = new AbortController().signal;

describe('what a node is told of its volumes', () => {
  const engine = new FakeEngine({ images: [image] });
  let driver: FakeRuntime;
  let found: FoundVolumes;
  let fences: VolumeFences;
  let service: StorageService;
  let reports: StorageReport[];
  let applied: number[];
  let fenced: [string, number][];
  let sizes: Map<string, number | null>;
  let generation = 0;

  const open = () =>
    service.open({ report: (report) => reports.push(report), applied: (number) => applied.push(number) });
  const made = async () => {
    const name = `v-${randomUUID()}`;
    await driver.createVolume({ name, labels: {} });
    return { volumeId: randomUUID(), projectId: 'p', organizationId: 'o', name, removed: false, fence: 0 };
  };
  const tell = (...volumes: Awaited<ReturnType<typeof made>>[]) =>
    service.receive({ generation: ++generation, volumes, shares: [] });
  const said = (volumeId: string) =>
    reports.flatMap(({ volumes }) => volumes.filter((one) => one.volumeId === volumeId));

  beforeEach(async () => {
    driver = new FakeRuntime(randomUUID(), engine);
    [found, fences] = [new FoundVolumes(), new VolumeFences(null)];
    [reports, applied, fenced, sizes] = [[], [], [], new Map()];
    service = new StorageService({
      driver,
      found,
      fences,
      fenceOff: (volumeId, fence) => {
        fenced.push([volumeId, fence]);
        return Promise.resolve();
      },
      log: createLog('test', 'silent'),
      timing: quick,
      measure: (folder) => Promise.resolve(sizes.get(folder.split('/').at(-1) ?? '') ?? null),
    });
    await service.load();
    service.start();
    open();
  });
  afterEach(() => service.stop());

  it('is done: deleted ones are removed and said to be gone, as often as they are asked for', async () => {
    const [kept, gone] = [await made(), await made()];
    tell(kept, { ...gone, removed: true });
    await until('told', () => said(gone.volumeId).some((report) => report.gone));
    expect((await driver.listVolumes()).map(({ name }) => name)).toEqual([kept.name]);
    expect(applied).toEqual([generation]);
    const before = said(gone.volumeId).length;
    tell(kept, { ...gone, removed: true });
    await until('told again', () => said(gone.volumeId).length > before);
    expect(said(kept.volumeId)).toEqual([]);
  });

  it('is done when a container that still uses the volume is gone', async () => {
    const volume = await made();
    const template = containerTemplate.parse({ image, mounts: [{ kind: 'volume', volume: 'x', target: '/x' }] });
    const id = await driver.create({ name: randomUUID(), template, labels: {}, volumes: { '/x': volume.name } });
    tell({ ...volume, removed: true });
    await until('it was tried', () => applied.includes(generation));
    expect(said(volume.volumeId)).toEqual([]);
    await driver.remove(id, { force: true, volumes: true });
    await until('it is gone', () => said(volume.volumeId).some((report) => report.gone));
  });

  it('is done by the next agent when one is killed meanwhile, and by an engine that was away', async () => {
    const volume = await made();
    engine.available = false;
    tell({ ...volume, removed: true });
    await until('it was tried', () => applied.includes(generation));
    engine.available = true;
    await until('it is gone', () => said(volume.volumeId).some((report) => report.gone));

    const other = await made();
    service.stop();
    const next = new StorageService({
      driver,
      found: new FoundVolumes(),
      fences: new VolumeFences(null),
      fenceOff: () => Promise.resolve(),
      log: createLog('test', 'silent'),
      timing: quick,
    });
    next.open({ report: (report) => reports.push(report), applied: () => undefined });
    next.receive({
      generation: 1,
      volumes: [
        { ...other, removed: true },
        { ...volume, removed: true },
      ],
      shares: [],
    });
    await until('both are gone', () => [other, volume].every(({ volumeId }) => said(volumeId).at(-1)?.gone === true));
    next.stop();
  });

  it('makes containers with older fences end, once', async () => {
    const volume = { ...(await made()), fence: 3 };
    tell(volume);
    tell(volume);
    tell({ ...volume, fence: 4 });
    await until('applied', () => applied.includes(generation));
    expect(fenced).toEqual([
      [volume.volumeId, 3],
      [volume.volumeId, 4],
    ]);
    expect(await fences.admit(volume.volumeId, 3)).toBe(false);
  });

  it('is answered with sizes, when they change, and all of them in a new session', async () => {
    const [one, other] = [await made(), await made()];
    sizes.set(one.name, 10).set(other.name, null);
    tell(one, other);
    await until('measured', () => said(one.volumeId).length === 1);
    sizes.set(one.name, 20);
    await until('measured again', () => said(one.volumeId).length === 2);
    expect(said(one.volumeId).map(({ usedBytes, gone }) => [usedBytes, gone])).toEqual([
      [10, false],
      [20, false],
    ]);
    service.close();
    reports = [];
    open();
    await until('told again', () => said(one.volumeId).length === 1);
    expect(said(other.volumeId)).toEqual([]);
  });

  it('is answered with volumes that only images declare', async () => {
    const volume = { volumeId: randomUUID(), volumeSet: randomUUID(), target: '/data' };
    found.add(volume);
    await until('told', () => reports.some((report) => report.found.length === 1));
    expect(reports.at(-1)?.found).toEqual([volume]);
  });
});

describe('the size of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'size-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is what its files take on the disk', async () => {
    const empty = await diskUsage(folder, signal);
    await writeFile(join(folder, 'file'), Buffer.alloc(1024 * 1024, 'x'));
    const full = await diskUsage(folder, signal);
    expect((full ?? 0) - (empty ?? 0)).toBeGreaterThanOrEqual(1024 * 1024);
    expect((full ?? 0) - (empty ?? 0)).toBeLessThan(1.1 * 1024 * 1024);
  });

  it('is unknown where there is none, and when it is not wanted any more', async () => {
    expect(await diskUsage(join(folder, 'absent'), signal)).toBeNull();
    expect(await diskUsage(folder, AbortSignal.abort())).toBeNull();
  });
});
