import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { image } from '#apps/agent/testing/node-fixture.js';
import { until } from '#apps/agent/testing/until.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { RuntimeError } from '#libs/runtime/runtime.error.js';
import type { GrpcNodeStreams } from '#libs/streams/grpc.node-streams.js';
import { tarOf } from '../../conformance/runtime/lab.js';
import { PlatformFixture, type RunningAgent } from './platform-fixture.js';

const block = Buffer.alloc(64 * 1024, 'z');
const large = 128 * 1024 * 1024;
/** Besides what the process holds anyway: windows and buffers on each of the three ways. */
const mostHeld = 32 * 1024 * 1024;

/** An engine whose volumes hold more than fits anywhere, and that is as slow as it is told to be. */
class DeepEngine extends FakeRuntime {
  given = 0;
  taken = 0;
  /** Resolves when more may be taken. */
  gate: Promise<void> = Promise.resolve();
  refuse: Error | null = null;
  broken = false;
  onTaken: (bytes: number) => void = () => undefined;

  override getArchive = (_id: string, path: string) => {
    const content = Readable.from(this.bytes(), { objectMode: false });
    const stat = {
      name: path,
      kind: 'directory' as const,
      sizeBytes: 0,
      mode: 0,
      modifiedAt: new Date(),
      linkTarget: '',
    };
    return Promise.resolve({ stat, content });
  };

  override statArchive = (id: string, path: string) => this.getArchive(id, path).then(({ stat }) => stat);

  override putArchive = async (_id: string, _path: string, content: Readable) => {
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        await this.gate;
        if (this.refuse) throw this.refuse;
        this.taken += chunk.length;
        this.onTaken(this.taken);
      }
    } catch (error) {
      this.broken = true;
      throw error;
    }
  };

  private *bytes(): Generator<Buffer> {
    for (; this.given < large; this.given += block.length) yield block;
  }
}

describe('archives of volumes, through gateways', () => {
  let platform: PlatformFixture;
  let streams: GrpcNodeStreams;
  const engine = new FakeEngine({ images: [image] });
  const volume = () => ({
    volumeId: randomUUID(),
    projectId: 'p',
    organizationId: 'o',
    name: randomUUID(),
    options: {},
    share: null,
  });
  const idle = async (node: RunningAgent) => {
    await until('the agent let go', () => node.agent.streams.count === 0);
    await until('no helper is left', () => engine.containers.size === 0);
  };

  beforeEach(async () => {
    platform = await PlatformFixture.create(2);
    streams = await platform.nodeStreams([platform.gateway(1).address]);
  });
  afterEach(() => platform.close());

  const start = async (driver?: DeepEngine, identity?: Awaited<ReturnType<PlatformFixture['join']>>) => {
    const node = await platform.startAgent({
      engine,
      gateways: [platform.gateway(0).address],
      ...(driver && { driver }),
      ...(identity && { node: identity }),
    });
    await until('it is connected', () => node.agent.connected);
    return node;
  };

  it('go in and come out as they were, of all and of one file', async () => {
    const node = await start();
    const target = volume();
    await streams.writeVolume(node.nodeId, target, '/', Readable.from([tarOf('one.txt', 'One.')]), null);
    expect((await buffer(await streams.readVolume(node.nodeId, target, '/'))).toString()).toContain('One.');
    expect((await buffer(await streams.readVolume(node.nodeId, target, '/one.txt'))).toString()).toContain('One.');
    await idle(node);
    expect([...engine.volumes.keys()]).toContain(target.name);
  });

  it('say what is wrong: no such path, not a directory, no such node', async () => {
    const node = await start();
    const target = volume();
    await streams.writeVolume(node.nodeId, target, '/', Readable.from([tarOf('file', 'x')]), null);
    await expect(streams.readVolume(node.nodeId, target, '/absent')).rejects.toMatchObject({ code: 'not-found' });
    const into = (path: string) =>
      streams.writeVolume(node.nodeId, target, path, Readable.from([tarOf('a', 'a')]), null);
    await expect(into('/absent')).rejects.toMatchObject({ code: 'not-found' });
    await expect(into('/file')).rejects.toMatchObject({ code: 'invalid' });
    await expect(streams.readVolume(platform.directory.addNode(), target, '/')).rejects.toMatchObject({
      code: 'unavailable',
    });
    await idle(node);
  });

  describe('of any size', () => {
    let driver: DeepEngine;
    let node: RunningAgent;
    beforeEach(async () => {
      const identity = await platform.join();
      driver = new DeepEngine(identity.nodeId, engine);
      node = await start(driver, identity);
    });

    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    /** What is in use, all four parties and their connections together. */
    const held = () => {
      // What the first one freed outside of the heap is counted until the second.
      collect();
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const every = 32 * 1024 * 1024;

    it('come out with little of them in memory, and no faster than they are read', async () => {
      const content = await streams.readVolume(node.nodeId, volume(), '/');
      let before = -1;
      while (before !== driver.given) {
        before = driver.given;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      expect(before).toBeLessThan(16 * 1024 * 1024);
      const atFirst = held();
      let [read, most] = [0, 0];
      for await (const chunk of content as AsyncIterable<Buffer>) {
        if (Math.floor(read / every) < Math.floor((read += chunk.length) / every))
          most = Math.max(most, held() - atFirst);
      }
      expect(read).toBe(large);
      expect(most).toBeLessThan(mostHeld);
      await idle(node);
    }, 120_000);

    it('go in with little of them in memory, and no faster than the engine takes them', async () => {
      let open: () => void = () => undefined;
      driver.gate = new Promise((resolve) => (open = resolve));
      let sent = 0;
      const source = function* () {
        for (; sent < large; sent += block.length) yield block;
      };
      const done = streams.writeVolume(
        node.nodeId,
        volume(),
        '/',
        Readable.from(source(), { objectMode: false }),
        null,
      );
      let before = -1;
      while (before !== sent || sent === 0) {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      expect(sent).toBeLessThan(16 * 1024 * 1024);
      const atFirst = held();
      let most = 0;
      driver.onTaken = (bytes) => {
        if (bytes % every === 0) most = Math.max(most, held() - atFirst);
      };
      open();
      await done;
      expect(driver.taken).toBe(large);
      expect(most).toBeLessThan(mostHeld);
      await idle(node);
    }, 120_000);

    it('are let go of in the middle when the reader leaves', async () => {
      const content = await streams.readVolume(node.nodeId, volume(), '/');
      for await (const _ of content) break;
      await idle(node);
      expect(driver.given).toBeLessThan(large);
    });

    it('that break off on their way in are refused by the engine’s end too', async () => {
      const source = async function* () {
        yield block;
        await until('the first part arrived', () => driver.taken > 0);
        throw new Error('The client left.');
      };
      const content = Readable.from(source(), { objectMode: false });
      await expect(streams.writeVolume(node.nodeId, volume(), '/', content, null)).rejects.toThrow('The client left.');
      await idle(node);
      expect(driver.broken).toBe(true);
    });

    it('that the engine refuses say so, while they are still being sent', async () => {
      driver.refuse = new RuntimeError('invalid', 'This is no tar.');
      const endless = Readable.from(
        (function* () {
          for (;;) yield block;
        })(),
        { objectMode: false },
      );
      await expect(streams.writeVolume(node.nodeId, volume(), '/', endless, null)).rejects.toMatchObject({
        code: 'invalid',
        message: 'This is no tar.',
      });
      await idle(node);
    });

    it('beyond what the volume may hold are refused where they pass it', async () => {
      const source = function* () {
        for (let i = 0; i < 100; i += 1) yield block;
      };
      const content = Readable.from(source(), { objectMode: false });
      const most = block.length * 10;
      await expect(streams.writeVolume(node.nodeId, volume(), '/', content, most)).rejects.toMatchObject({
        code: 'quota',
      });
      expect(driver.taken).toBeLessThanOrEqual(most);
      await idle(node);
    });

    it('break when the node does, rather than seem whole', async () => {
      const content = await streams.readVolume(node.nodeId, volume(), '/');
      const reading = buffer(content);
      await node.agent.stop();
      await platform.gateway(0).app.close();
      await expect(reading).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
