import { randomUUID } from 'node:crypto';
import { assignment, image } from '#apps/agent/testing/node-fixture.js';
import { until } from '#apps/agent/testing/until.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { PlatformFixture } from './platform-fixture.js';

const timing = { gatherMs: 5, retryMs: 10, longestRetryMs: 50, lookMs: 10, sizesEveryMs: 50 };

describe('volumes on nodes, through gateways', () => {
  let platform: PlatformFixture;
  const engine = new FakeEngine({ images: [image] });

  beforeEach(async () => {
    platform = await PlatformFixture.create(1);
  });
  afterEach(() => platform.close());

  const view = (volumeId: string, removed: boolean) => ({
    ...{ volumeId, projectId: 'p', organizationId: 'o', name: `v-${volumeId}`, removed, fence: 0 },
  });
  const gone = (volumeId: string) =>
    platform.storage.reports.some(({ volumes }) => volumes.some((one) => one.volumeId === volumeId && one.gone));
  const names = (nodeId: string) => new FakeRuntime(nodeId, engine).listVolumes();

  it('are removed when they were deleted, also while their node was away or its agent was killed', async () => {
    const node = await platform.join();
    const driver = new FakeRuntime(node.nodeId, engine);
    const [first, second, kept] = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of [first, second, kept]) await driver.createVolume({ name: `v-${id}`, labels: {} });
    platform.storage.set(node.nodeId, view(first, true), view(kept, false));
    const started = await platform.startAgent({ node, driver, storageTiming: timing });
    await until('the first is gone', () => gone(first));
    expect((await names(node.nodeId)).map(({ name }) => name).sort()).toEqual([`v-${second}`, `v-${kept}`].sort());

    // It is asked to remove another one, and its agent ends before the engine answered.
    engine.available = false;
    platform.storage.set(node.nodeId, view(second, true), view(kept, false));
    await started.agent.stop();
    engine.available = true;
    expect(gone(second)).toBe(false);
    await platform.startAgent({ node, driver: new FakeRuntime(node.nodeId, engine), storageTiming: timing });
    await until('the second is gone', () => gone(second));
    expect((await names(node.nodeId)).map(({ name }) => name)).toEqual([`v-${kept}`]);
  });

  it('of images are told of, once the container is made', async () => {
    const reference = 'localhost/db:1';
    engine.addImage(reference, { volumes: ['/var/lib/db'] });
    const { nodeId } = await platform.startAgent({ engine, storageTiming: timing });
    const volumeSet = randomUUID();
    platform.directory.assign(nodeId, assignment({ volumeSet, template: { image: reference } }));
    const found = () => platform.storage.reports.flatMap((report) => report.found);
    await until('told', () => found().length > 0);
    expect(found()[0]).toMatchObject({ volumeSet, target: '/var/lib/db' });
  });

  it('with one writer end what was given them before, when a later fence is told', async () => {
    const { nodeId } = await platform.startAgent({ engine, storageTiming: timing });
    const volumeId = randomUUID();
    const volumes = [{ target: '/data', volumeId, name: `v-${volumeId}`, fence: 1, options: {}, share: null }];
    const mounts = [{ kind: 'volume' as const, volume: 'data', target: '/data' }];
    const writer = assignment({ volumes, restart: { condition: 'always' }, template: { mounts } });
    platform.directory.assign(nodeId, writer);
    const state = () => platform.directory.observed.get(writer.containerId)?.state;
    await until('it runs', () => state() === 'running');
    platform.storage.set(nodeId, { ...view(volumeId, false), fence: 2 });
    await until('it ended for good', () => state() === 'failed');
    expect(platform.directory.observed.get(writer.containerId)?.message).toContain('one writer at a time');
  });
});
