import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivedId } from '#libs/platform/id.js';
import { engineVolumeName } from '#libs/domain/volume/engine-name.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { MemoryStateStore } from '../state/memory.state-store.js';
import { ImageGrants } from '../state/image-grants.js';
import { FoundVolumes } from '../storage/found-volumes.js';
import { VolumeFences } from '../storage/volume-fences.js';
import { assignment, image } from '../testing/node-fixture.js';
import { ObservedNode } from '../testing/observed-node.js';
import { until } from '../testing/until.js';

const volume = (given: Partial<{ target: string; volumeId: string; name: string; fence: number }> = {}) => ({
  target: '/data',
  volumeId: randomUUID(),
  name: `engine-${randomUUID()}`,
  fence: 0,
  options: {},
  share: null,
  ...given,
});
const mount = (target: string, perInstance = true) => ({ kind: 'volume' as const, perInstance, target });

describe('volumes of containers on a node', () => {
  const engine = new FakeEngine({ images: [image] });
  let driver: FakeRuntime;
  let fences: VolumeFences;
  let node: ObservedNode;
  let generation = 0;

  beforeEach(async () => {
    driver = new FakeRuntime(randomUUID(), engine);
    fences = new VolumeFences(null);
    node = new ObservedNode(driver, new MemoryStateStore(), new Map(), new ImageGrants(null), null, fences);
    await node.converger.start();
  });
  afterEach(() => node.converger.close());

  const run = async (...wanted: ReturnType<typeof assignment>[]) => {
    await node.converger.applyChange(++generation, wanted);
    for (const { containerId } of wanted) await node.reaches(containerId, 'running');
  };
  const mountsOf = ({ containerId }: { containerId: string }) =>
    Object.fromEntries(engine.require(node.engineIdOf(containerId)).volumes);

  it('are those that the assignment names, by the paths they are mounted at', async () => {
    const volumes = [volume({ target: '/a', name: 'one' }), volume({ target: '/b', name: 'two' })];
    const wanted = assignment({ volumes, template: { mounts: [mount('/a'), mount('/b'), mount('/own', false)] } });
    await run(wanted);
    expect(mountsOf(wanted)).toMatchObject({ '/a': 'one', '/b': 'two' });
    expect((await driver.listVolumes()).map(({ name }) => name).sort()).toEqual(['one', 'two']);
  });

  it('are waited for rather than taken by a name that may be another project’s', async () => {
    const wanted = assignment({ template: { mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] } });
    await node.converger.applyChange(++generation, [wanted]);
    await until('it is prepared', () => node.states(wanted.containerId).length > 0);
    expect(engine.find(wanted.name)).toBeUndefined();
    await run({ ...wanted, generation: 2, volumes: [volume({ name: 'mine' })] });
    expect(mountsOf(wanted)).toEqual({ '/data': 'mine' });
  });

  it('that only the image declares are kept by the instance, and told of, also after a restart', async () => {
    const reference = 'localhost/db:1';
    engine.addImage(reference, { volumes: ['/var/lib/db/', '/covered'] });
    const volumeSet = randomUUID();
    const volumes = [volume({ target: '/covered', name: 'covering' })];
    const template = { image: reference, mounts: [mount('/covered')] };
    const wanted = assignment({ volumes, volumeSet, template });
    await run(wanted);
    const volumeId = derivedId(volumeSet, '/var/lib/db');
    const name = engineVolumeName(driver.scope, volumeId);
    expect(mountsOf(wanted)).toEqual({ '/covered': 'covering', '/var/lib/db': name });
    expect(node.found.all).toEqual([{ volumeId, volumeSet, target: '/var/lib/db' }]);
    const later = new FoundVolumes();
    await later.load(driver);
    expect(later.all).toEqual(node.found.all);

    const next = assignment({ volumes, volumeSet, template });
    await run({ ...wanted, desired: 'stopped', generation: 2 }, next).catch(() => undefined);
    await node.reaches(next.containerId, 'running');
    expect(mountsOf(next)).toEqual(mountsOf(wanted));
    const fresh = assignment({ volumes, volumeSet: null, template });
    await run(fresh);
    expect(mountsOf(fresh)).toEqual({ '/covered': 'covering' });
  });

  it('are lent by the container of the same number, or the first, and waited for', async () => {
    const serviceId = randomUUID();
    const borrower = assignment({ volumesFrom: [serviceId], ordinal: 2 });
    await node.converger.applyChange(++generation, [borrower]);
    await until('it waits', () => node.states(borrower.containerId).length > 0);
    expect(engine.find(borrower.name)).toBeUndefined();

    const lender = (ordinal: number, name: string) =>
      assignment({ serviceId, ordinal, volumes: [volume({ name })], template: { mounts: [mount('/data')] } });
    await run(lender(1, 'first'), lender(2, 'second'));
    await node.reaches(borrower.containerId, 'running');
    expect(mountsOf(borrower)).toEqual({ '/data': 'second' });
    const other = assignment({ volumesFrom: [serviceId], ordinal: 7 });
    await run(other);
    expect(mountsOf(other)).toEqual({ '/data': 'first' });
    // A service of another project lends nothing.
    const stranger = assignment({ volumesFrom: [serviceId], projectId: randomUUID() });
    await node.converger.applyChange(++generation, [stranger]);
    await until('it waits', () => node.states(stranger.containerId).length > 0);
    expect(engine.find(stranger.name)).toBeUndefined();
  });

  it('with one writer do not let a container start that others were given it after', async () => {
    const own = volume({ fence: 3 });
    const restart = { condition: 'always' as const };
    const wanted = assignment({ volumes: [own], restart, template: { mounts: [mount('/data')] } });
    await run(wanted);
    await fences.learn(own.volumeId, 4);
    await node.converger.fence(own.volumeId, 4);
    const seen = await node.reaches(wanted.containerId, 'failed', 2);
    expect(seen.message).toContain('The volume at /data has one writer at a time');
    // It is not asked for again, however often it is told to start.
    await node.converger.applyChange(++generation, [{ ...wanted, generation: 2, restartNonce: 1 }]);
    await node.reaches(wanted.containerId, 'failed', 3);
    const successor = assignment({ volumes: [{ ...own, fence: 4 }], template: { mounts: [mount('/data')] } });
    await run(successor);
  });

  it('with one writer leave readers and later writers alone', async () => {
    const own = volume({ fence: 5 });
    const writer = assignment({ volumes: [own], template: { mounts: [mount('/data')] } });
    const reader = assignment({ volumes: [{ ...own, fence: 0 }], template: { mounts: [mount('/data')] } });
    await run(writer, reader);
    await node.converger.fence(own.volumeId, 5);
    expect([node.last(writer.containerId)?.state, node.last(reader.containerId)?.state]).toEqual([
      'running',
      'running',
    ]);
  });
});

describe('the fences that a node has seen', () => {
  let folder: string;
  const open = () => new VolumeFences(join(folder, 'state', 'fences.json'));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fences-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('only rise, and outlive the agent', async () => {
    const fences = open();
    expect(await fences.admit('v', 2)).toBe(true);
    expect(await fences.learn('v', 2)).toBe(false);
    expect(await fences.learn('v', 5)).toBe(true);
    const later = open();
    expect(await later.admit('v', 4)).toBe(false);
    expect(await later.admit('v', 5)).toBe(true);
    await later.forget('v');
    expect(await open().admit('v', 1)).toBe(true);
  });

  it('keep everybody out while they cannot be read', async () => {
    await open().learn('v', 1);
    await writeFile(join(folder, 'state', 'fences.json'), '{');
    await expect(open().admit('v', 9)).rejects.toThrow();
  });
});
