import { randomUUID } from 'node:crypto';
import { canMove } from '#libs/domain/container/state.js';
import { runtimeLabels } from '#libs/runtime/labels.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { RuntimeError } from '#libs/runtime/runtime.error.js';
import { networkName } from '../hooks/engine-name.js';
import { assignment, image, NodeFixture, projectId } from '../testing/node-fixture.js';
import { until } from '../testing/until.js';

describe('a node’s converger', () => {
  let node: NodeFixture;
  beforeEach(async () => {
    node = new NodeFixture({ programs: ([command]) => (command === 'ends' ? () => Promise.resolve(0) : undefined) });
    await node.converger.start();
  });
  afterEach(async () => {
    for (const reports of node.reports.values()) {
      for (const [index, next] of reports.entries()) {
        const before = reports[index - 1];
        if (before?.incarnation === next.incarnation) expect(canMove(before.state, next.state)).toBe(true);
        else if (before) expect(next.incarnation).toBeGreaterThan(before.incarnation);
      }
    }
    await node.converger.close();
  });

  it('pulls, creates and starts a new container and says where it answers', async () => {
    const wanted = assignment({ template: { ports: [{ containerPort: 8080, published: true }] } });
    await node.converger.applySet(1, [wanted]);
    const seen = await node.reaches(wanted.containerId, 'running');
    expect(node.states(wanted.containerId)).toEqual(['1 pulling', '1 starting', '1 running']);
    expect(seen).toMatchObject({ health: 'none', exitCode: null, ports: [{ containerPort: 8080 }] });
    expect(seen.address).toBeTruthy();
    const detail = await node.driver.inspect(node.engineIdOf(wanted.containerId));
    expect(detail.networks.map(({ name }) => name)).toEqual([networkName(node.nodeId, projectId)]);
    expect(detail.networks[0]?.aliases).toEqual(expect.arrayContaining(['web', 'web-1']));
    expect(detail.labels).toMatchObject({ [runtimeLabels.container]: wanted.containerId });
  });

  it('makes named volumes of the project, which outlive the container', async () => {
    const volumes = [
      { target: '/data', volumeId: randomUUID(), name: 'engine-data', fence: 0, options: {}, share: null },
    ];
    const wanted = assignment({ volumes, template: { mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] } });
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    await node.converger.applyChange(2, [{ ...wanted, desired: 'removed', generation: 2, template: null }]);
    await node.reaches(wanted.containerId, 'removed');
    expect((await node.driver.listVolumes()).map(({ name }) => name)).toEqual(['engine-data']);
    expect(await node.driver.listNetworks()).toHaveLength(0);
  });

  it('makes a stopped container anew when a volume of it was restored since, and none without need', async () => {
    const volume = { target: '/data', volumeId: randomUUID(), name: 'engine-data', fence: 0, options: {}, share: null };
    const template = { mounts: [{ kind: 'volume' as const, volume: 'data', target: '/data' }] };
    const wanted = assignment({ volumes: [volume], template });
    const { containerId } = wanted;
    await node.converger.applySet(1, [wanted]);
    await node.reaches(containerId, 'running');
    const first = node.engineIdOf(containerId);
    await node.converger.applyChange(2, [{ ...wanted, desired: 'stopped', generation: 2 }]);
    await node.reaches(containerId, 'exited');
    await node.converger.applyChange(3, [{ ...wanted, generation: 3 }]);
    await node.reaches(containerId, 'running', 2);
    expect(node.engineIdOf(containerId)).toBe(first);
    await node.converger.applyChange(4, [{ ...wanted, desired: 'stopped', generation: 4 }]);
    await node.reaches(containerId, 'exited', 2);
    const restored = [{ ...volume, name: 'engine-restored' }];
    await node.converger.applyChange(5, [{ ...wanted, volumes: restored, generation: 5 }]);
    await node.reaches(containerId, 'running', 3);
    expect(node.engineIdOf(containerId)).not.toBe(first);
    expect([...(node.engine.containers.get(node.engineIdOf(containerId))?.volumes.values() ?? [])]).toEqual([
      'engine-restored',
    ]);
    expect(node.engine.containers.has(first)).toBe(false);
  });

  it('reports the engine’s sentence when the image does not exist, and tries again only when asked', async () => {
    const wanted = assignment({ template: { image: 'nowhere/none:1' } });
    await node.converger.applySet(1, [wanted]);
    const seen = await node.reaches(wanted.containerId, 'failed');
    expect(seen.message).toContain('nowhere/none:1');
    node.engine.addImage('nowhere/none:1');
    await node.converger.applyChange(2, [{ ...wanted, generation: 2 }]);
    await node.reaches(wanted.containerId, 'running', 2);
  });

  it('waits for an engine that does not answer instead of failing', async () => {
    node.engine.available = false;
    const wanted = assignment();
    await node.converger.applySet(1, [wanted]);
    await until('it was tried', () => node.states(wanted.containerId).length > 0);
    expect(node.last(wanted.containerId)?.state).not.toBe('failed');
    node.engine.available = true;
    await node.reaches(wanted.containerId, 'running');
  });

  it('starts a crashed container again at once, as its next incarnation', async () => {
    const wanted = assignment({ restart: { condition: 'always' } });
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    const engineId = node.engineIdOf(wanted.containerId);
    node.engine.crash(engineId, 3);
    await node.reaches(wanted.containerId, 'running', 2);
    expect(node.engineIdOf(wanted.containerId)).toBe(engineId);
    const between = node.reports.get(wanted.containerId)?.find(({ incarnation }) => incarnation === 2);
    expect(between).toMatchObject({ state: 'starting', exitCode: 3 });
  });

  it('gives up when the restart policy does', async () => {
    const wanted = assignment({ restart: { condition: 'on-failure', maxAttempts: 1 } });
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    node.engine.crash(node.engineIdOf(wanted.containerId), 1);
    await node.reaches(wanted.containerId, 'running', 2);
    node.engine.crash(node.engineIdOf(wanted.containerId), 1);
    const seen = await node.reaches(wanted.containerId, 'failed', 2);
    expect(seen).toMatchObject({ exitCode: 1, message: expect.stringContaining('as often as allowed') });
  });

  it('asks the restart policy about an end once, however often it is looked at, its own restart included', async () => {
    const wanted = assignment({ restart: { condition: 'on-failure', maxAttempts: 1, delayMs: 200 } });
    const { containerId } = wanted;
    await node.converger.applySet(1, [wanted]);
    await node.reaches(containerId, 'running');
    node.engine.crash(node.engineIdOf(containerId), 1);
    await node.reaches(containerId, 'starting', 2);
    node.converger.doubt(containerId);
    await node.restart();
    node.converger.doubt(containerId);
    await node.reaches(containerId, 'running', 2);
  });

  it('leaves a job that ended with 0 as exited', async () => {
    const wanted = assignment({ template: { command: ['ends'] }, restart: { condition: 'on-failure' } });
    await node.converger.applySet(1, [wanted]);
    expect(await node.reaches(wanted.containerId, 'exited')).toMatchObject({ exitCode: 0 });
  });

  it('stops, starts and restarts as the assignment says', async () => {
    const wanted = assignment({ template: { stopGraceMs: 50 } });
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    await node.converger.applyChange(2, [{ ...wanted, desired: 'stopped', generation: 2 }]);
    await node.reaches(wanted.containerId, 'exited');
    expect(node.states(wanted.containerId).slice(-2)).toEqual(['1 stopping', '1 exited']);
    await node.converger.applyChange(3, [{ ...wanted, generation: 3 }]);
    await node.reaches(wanted.containerId, 'running', 2);
    await node.converger.applyChange(4, [{ ...wanted, generation: 4, restartNonce: 1 }]);
    await node.reaches(wanted.containerId, 'running', 3);
  });

  it('ignores an assignment that is older than the one it holds', async () => {
    const wanted = assignment({ generation: 5 });
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    await node.converger.applyChange(2, [{ ...wanted, desired: 'removed', generation: 4 }]);
    await node.converger.applyChange(3, [{ ...wanted, generation: 6 }]);
    await until('the newer one was taken', () => node.converger.heldGeneration === 3);
    expect(node.last(wanted.containerId)?.state).toBe('running');
  });

  it('adopts what runs after its own restart and restarts nothing', async () => {
    const wanted = assignment();
    await node.converger.applySet(1, [wanted]);
    const before = await node.reaches(wanted.containerId, 'running');
    node.reports.clear();
    await node.restart();
    const after = await node.reaches(wanted.containerId, 'running');
    expect([after.startedAt, after.engineId]).toEqual([before.startedAt, before.engineId]);
    expect(node.converger.heldGeneration).toBe(1);
  });

  it('applies the crash policy to what ended while it was away', async () => {
    const kept = assignment({ restart: { condition: 'always' } });
    const left = assignment();
    await node.converger.applySet(1, [kept, left]);
    await node.reaches(kept.containerId, 'running');
    await node.reaches(left.containerId, 'running');
    await node.converger.close();
    node.engine.crash(node.engineIdOf(kept.containerId), 1);
    node.engine.crash(node.engineIdOf(left.containerId), 1);
    await node.restart();
    await node.reaches(kept.containerId, 'running', 2);
    await node.reaches(left.containerId, 'exited');
  });

  it('finds a container of its own that its state had not noted', async () => {
    const wanted = assignment();
    await node.converger.applySet(1, [wanted]);
    const { engineId } = await node.reaches(wanted.containerId, 'running');
    node.store.remove(wanted.containerId);
    node.reports.clear();
    await node.restart();
    await node.converger.applySet(2, [wanted]);
    expect((await node.reaches(wanted.containerId, 'running')).engineId).toBe(engineId);
    expect(node.engine.containers.size).toBe(1);
  });

  it('removes what is not in the full set, and only what it made', async () => {
    const other = new FakeRuntime(randomUUID(), node.engine);
    const foreign = { name: 'foreign', template: assignment().template!, labels: { [runtimeLabels.container]: 'x' } };
    await other.start(await other.create(foreign));
    const kept = assignment();
    const dropped = assignment();
    await node.converger.applySet(1, [kept, dropped]);
    await node.reaches(dropped.containerId, 'running');
    await node.reaches(kept.containerId, 'running');
    await node.converger.applySet(2, [kept]);
    await node.reaches(dropped.containerId, 'removed');
    expect((await node.driver.list()).map(({ name }) => name)).toEqual([kept.name]);
    expect((await other.list()).map(({ name, state }) => [name, state])).toEqual([['foreign', 'running']]);
  });

  it('clears away a container that nobody holds any more, but not before the full set', async () => {
    const spec = { name: 'stray', template: assignment().template!, labels: { [runtimeLabels.container]: 'gone' } };
    await node.driver.start(await node.driver.create(spec));
    await node.restart();
    node.converger.compare(await node.driver.list(), Date.now());
    expect(await node.driver.list()).toHaveLength(1);
    await node.converger.applySet(1, []);
    await until('the stray one is gone', () => node.engine.containers.size === 0);
  });

  it('makes a container again that somebody removed behind its back', async () => {
    const wanted = assignment();
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    const engineId = node.engineIdOf(wanted.containerId);
    await node.driver.remove(engineId, { force: true, volumes: true });
    const compare = async () => node.converger.compare(await node.driver.list(), Date.now() + 1);
    await compare();
    await node.reaches(wanted.containerId, 'running', 2);
    expect(node.engineIdOf(wanted.containerId)).not.toBe(engineId);
  });

  it('starts no more than four at a time', async () => {
    let most = 0;
    let now = 0;
    const create = node.driver.create;
    node.driver.create = async (spec) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return create(spec).finally(() => (now -= 1));
    };
    const wanted = Array.from({ length: 20 }, (_, ordinal) => assignment({ ordinal }));
    await node.converger.applySet(1, wanted);
    await until('all run', () => node.converger.countRunning() === 20);
    expect(most).toBe(4);
  });

  it('does not make a second one when a create was not answered', async () => {
    const create = node.driver.create;
    let failed = false;
    node.driver.create = async (spec) => {
      const id = await create(spec);
      if (failed) return id;
      failed = true;
      throw new RuntimeError('timeout', 'The container engine did not answer in time.');
    };
    const wanted = assignment({ template: { image } });
    await node.converger.applySet(1, [wanted]);
    await node.reaches(wanted.containerId, 'running');
    expect(node.engine.containers.size).toBe(1);
  });

  it('gives up preparing when the container is removed meanwhile', async () => {
    const slow = new NodeFixture({ images: [], pullable: ['slow/image:1'], delays: { pullMs: 400 } });
    await slow.converger.start();
    const wanted = assignment({ template: { image: 'slow/image:1' } });
    await slow.converger.applySet(1, [wanted]);
    await slow.reaches(wanted.containerId, 'pulling');
    await slow.converger.applyChange(2, [{ ...wanted, desired: 'removed', generation: 2 }]);
    await slow.reaches(wanted.containerId, 'removed');
    await slow.converger.close();
  });
});
