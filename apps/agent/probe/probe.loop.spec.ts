import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HealthState } from '#libs/domain/container/state.js';
import type { HealthCheck } from '#libs/domain/container/template.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { assignment, image } from '../testing/node-fixture.js';
import { until } from '../testing/until.js';
import { commandProbe } from './command.probe.js';
import { httpProbe } from './http.probe.js';
import { ProbeLoop } from './probe.loop.js';
import { tcpProbe } from './tcp.probe.js';

const check = (changes: Partial<HealthCheck> = {}): HealthCheck =>
  ({ kind: 'tcp', port: 1, intervalMs: 5, timeoutMs: 50, retries: 2, startPeriodMs: 0, ...changes }) as HealthCheck;

describe('probe loop', () => {
  const run = (results: boolean[], changes: Partial<HealthCheck> = {}) => {
    const states: HealthState[] = [];
    let calls = 0;
    const probe = () => Promise.resolve(results[Math.min(calls++, results.length - 1)] ?? false);
    const loop = new ProbeLoop(check(changes), probe, (state) => states.push(state));
    loop.start();
    return { states, loop, calls: () => calls };
  };

  it('is healthy after one success and unhealthy after as many failures in a row as asked', async () => {
    const { states, loop } = run([true, false, true, false, false]);
    await until('both', () => states.length === 2);
    expect(states).toEqual(['healthy', 'unhealthy']);
    loop.stop();
  });

  it('does not count failures within the start period', async () => {
    const { states, loop, calls } = run([false], { startPeriodMs: 60_000 });
    await until('several tries', () => calls() > 6);
    expect(states).toEqual([]);
    loop.stop();
  });

  it('counts a probe that does not answer in time', async () => {
    const states: HealthState[] = [];
    const hanging = (signal: AbortSignal) =>
      new Promise<boolean>((_, reject) => signal.addEventListener('abort', () => reject(new Error('late'))));
    const loop = new ProbeLoop(check({ timeoutMs: 10 }), hanging, (state) => states.push(state));
    loop.start();
    await until('unhealthy', () => states[0] === 'unhealthy');
    loop.stop();
  });
});

describe('probes', () => {
  const signal = () => AbortSignal.timeout(2_000);
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(request.url === '/up' ? 204 : 500).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => void server.close());

  it('http goes by the status code', async () => {
    expect(await httpProbe('127.0.0.1', port, '/up', [])(signal())).toBe(true);
    expect(await httpProbe('127.0.0.1', port, '/down', [])(signal())).toBe(false);
    expect(await httpProbe('127.0.0.1', port, '/down', [500])(signal())).toBe(true);
  });

  it('tcp goes by the connection', async () => {
    expect(await tcpProbe('127.0.0.1', port)(signal())).toBe(true);
    expect(await tcpProbe('127.0.0.1', 1)(signal())).toBe(false);
  });

  it('command goes by the exit code', async () => {
    const engine = new FakeEngine({
      images: [image],
      programs: ([name]) =>
        name === 'true' || name === 'false' ? () => Promise.resolve(Number(name === 'false')) : undefined,
    });
    const driver = new FakeRuntime('node', engine);
    const id = await driver.create({ name: 'probed', template: assignment().template!, labels: {} });
    await driver.start(id);
    expect(await commandProbe(driver, id, ['true'])(signal())).toBe(true);
    expect(await commandProbe(driver, id, ['false'])(signal())).toBe(false);
    await driver.close();
  });
});
