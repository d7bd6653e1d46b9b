import { once } from 'node:events';
import { assignment } from '#apps/agent/testing/node-fixture.js';
import { until } from '#apps/agent/testing/until.js';
import type { LogOptions, OutputChunk, StatsSample } from '#libs/core/stream/node-streams.port.js';
import type { FakeIo } from '#libs/runtime/fake/fake-process.js';
import type { GrpcNodeStreams } from '#libs/streams/grpc.node-streams.js';
import { PlatformFixture, type RunningAgent } from './platform-fixture.js';

const kilobyte = Buffer.alloc(1024, 'x');
const block = Buffer.alloc(64 * 1024, 'y');

/** What the fake containers run; `flood` counts what it got rid of. */
class Programs {
  written = 0;
  signalled = false;
  sizes: string[] = [];

  readonly find = ([name]: string[]) => {
    if (name === 'echo') return (io: FakeIo) => this.echo(io);
    if (name === 'flood') return (io: FakeIo) => this.flood(io);
    if (name === 'speak') return (io: FakeIo) => this.speak(io);
    if (name === 'deaf') return (io: FakeIo) => this.deaf(io);
    if (name === 'size') return (io: FakeIo) => this.size(io);
    return undefined;
  };

  private async echo(io: FakeIo): Promise<number> {
    for await (const data of io.stdin) await io.write(data);
    await io.write('bye', 'stderr');
    return 7;
  }

  private async flood(io: FakeIo): Promise<number> {
    while (this.written < 256 * 1024 * 1024 && !io.ended.aborted) {
      await io.write(block);
      this.written += block.length;
    }
    return 0;
  }

  private async speak(io: FakeIo): Promise<number> {
    await io.write('one\n');
    await io.write('two\n', 'stderr');
    return new Promise(() => undefined);
  }

  private deaf(io: FakeIo): Promise<number> {
    io.ended.addEventListener('abort', () => (this.signalled = true));
    return new Promise(() => undefined);
  }

  private async size(io: FakeIo): Promise<number> {
    while (io.size().columns !== 132) await new Promise(setImmediate);
    this.sizes.push(`${io.size().columns}x${io.size().rows}`);
    return 0;
  }
}

const logOptions: LogOptions = {
  follow: false,
  tail: null,
  since: null,
  stdout: true,
  stderr: true,
  timestamps: false,
};
const execOptions = { tty: false, stdin: true, environment: [], user: null, workingDir: null };

async function text(output: AsyncIterable<OutputChunk>): Promise<{ stdout: string; stderr: string }> {
  const result = { stdout: '', stderr: '' };
  for await (const { channel, data } of output) result[channel] += data.toString();
  return result;
}

describe.each([
  ['the gateway that holds the node', false],
  ['another gateway', true],
])('streams through %s', (_name, relayed) => {
  let platform: PlatformFixture;
  let programs: Programs;
  let node: RunningAgent;
  let streams: GrpcNodeStreams;
  const container = assignment({ template: { command: ['speak'], stdinOpen: true } });

  beforeEach(async () => {
    platform = await PlatformFixture.create(2);
    programs = new Programs();
    const [held, other] = [platform.gateway(0).address, platform.gateway(1).address];
    node = await platform.startAgent({ programs: programs.find, gateways: [held] });
    streams = await platform.nodeStreams([relayed ? other : held]);
    platform.directory.assign(node.nodeId, container);
    await until('it runs', () => platform.directory.observed.get(container.containerId)?.state === 'running');
  });
  afterEach(() => platform.close());

  const exec = (command: string[], options = {}) =>
    streams.exec(node.nodeId, container.containerId, { ...execOptions, command, ...options });

  it('run a command with its input half-closed, both outputs and its exit code', async () => {
    const session = await exec(['echo']);
    session.stdin.write('hello ');
    session.stdin.end('there');
    expect(await text(session.output)).toEqual({ stdout: 'hello there', stderr: 'bye' });
    expect(await session.exitCode).toBe(7);
    await until('the agent let go', () => node.agent.streams.count === 0);
  });

  it('give a container’s log', async () => {
    const log = await streams.logs(node.nodeId, container.containerId, logOptions);
    expect(await text(log)).toEqual({ stdout: 'one\n', stderr: 'two\n' });
  });

  it('follow a log until the reader leaves', async () => {
    const log = await streams.logs(node.nodeId, container.containerId, { ...logOptions, follow: true });
    await once(log, 'data');
    expect(node.agent.streams.count).toBe(1);
    log.destroy();
    await until('the agent let go', () => node.agent.streams.count === 0);
  });

  it('hold a process back whose reader is slow, and buffer no more than a few megabytes', async () => {
    const session = await exec(['flood'], { stdin: false });
    await until('it writes', () => programs.written > 0);
    let before = -1;
    while (before !== programs.written) {
      before = programs.written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(before).toBeLessThan(16 * 1024 * 1024);
    let read = 0;
    for await (const { data } of session.output as AsyncIterable<OutputChunk>) {
      read += data.length;
      if (read > 64 * 1024 * 1024) break;
    }
    expect(programs.written).toBeGreaterThanOrEqual(64 * 1024 * 1024);
    await until('the agent let go', () => node.agent.streams.count === 0);
  });

  it('do not hold up other streams or the session', async () => {
    const slow = await exec(['flood'], { stdin: false });
    await until('it writes', () => programs.written > 0);
    const quick = await exec(['echo']);
    quick.stdin.end('still here');
    expect((await text(quick.output)).stdout).toBe('still here');
    expect(node.agent.connected).toBe(true);
    slow.close();
  });

  it('let go of a process that never reads its input when the reader leaves', async () => {
    const session = await exec(['deaf']);
    let accepted = 0;
    const feed = () => {
      while (accepted < 64 * 1024 * 1024 && session.stdin.write(kilobyte)) accepted += kilobyte.length;
    };
    session.stdin.on('error', () => undefined);
    feed();
    session.close();
    await until('the agent let go', () => node.agent.streams.count === 0);
  });

  it('pass the terminal’s size on', async () => {
    const session = await exec(['size'], { tty: true });
    session.resize(132, 40);
    session.output.resume();
    expect(await session.exitCode).toBe(0);
    expect(programs.sizes).toEqual(['132x40']);
  });

  it('attach to a container and see it end', async () => {
    const session = await streams.attach(node.nodeId, container.containerId, { stdin: true });
    session.output.resume();
    node.engine.crash(node.agent.converger.engineIdOf(container.containerId) ?? '', 9);
    expect(await session.exitCode).toBe(9);
  });

  it('give one sample, or samples until the reader leaves', async () => {
    const once = await streams.stats(node.nodeId, container.containerId, 0);
    const samples: StatsSample[] = [];
    for await (const sample of once) samples.push(sample as StatsSample);
    expect(samples).toHaveLength(1);
    expect(samples[0]?.at).toBeInstanceOf(Date);
    const many = await streams.stats(node.nodeId, container.containerId, 100);
    let count = 0;
    for await (const _ of many) if (++count === 3) break;
    await until('the agent let go', () => node.agent.streams.count === 0);
  });

  it('say what is wrong', async () => {
    const unknown = streams.logs(node.nodeId, 'no-such-container', logOptions);
    await expect(unknown).rejects.toMatchObject({ code: 'not-found' });
    const nowhere = streams.logs(platform.directory.addNode(), container.containerId, logOptions);
    await expect(nowhere).rejects.toMatchObject({ code: 'unavailable' });
    node.engine.crash(node.agent.converger.engineIdOf(container.containerId) ?? '', 0);
    await until('it ended', () => platform.directory.observed.get(container.containerId)?.state === 'exited');
    await expect(exec(['echo'])).rejects.toMatchObject({ code: 'state' });
  });

  it('break when the agent does', async () => {
    const log = await streams.logs(node.nodeId, container.containerId, { ...logOptions, follow: true });
    log.resume();
    const broken = once(log, 'error');
    await platform.gateway(0).app.close();
    expect((await broken)[0]).toMatchObject({ code: 'unavailable' });
  });
});
