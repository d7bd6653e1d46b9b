import { randomUUID } from 'node:crypto';
import { MemoryStateStore } from '#apps/agent/state/memory.state-store.js';
import { assignment as anAssignment } from '#apps/agent/testing/node-fixture.js';
import { ObservedNode } from '#apps/agent/testing/observed-node.js';
import { until } from '#apps/agent/testing/until.js';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import { DockerDriver } from '#libs/runtime/docker/docker.driver.js';

const engines = [
  ['podman', process.env['PIERHEAD_TEST_PODMAN_SOCKET']],
  ['docker', process.env['PIERHEAD_TEST_DOCKER_SOCKET']],
] as const;
const image = process.env['PIERHEAD_TEST_IMAGE'] ?? '';
const reachMs = 20_000;

describe.each(engines)('an agent’s containers on %s', (_name, socketPath) => {
  const nodeId = randomUUID();
  const projectId = randomUUID();
  const driver = new DockerDriver({ socketPath: socketPath ?? '', scope: nodeId });
  const store = new MemoryStateStore();
  let node: ObservedNode;
  let generation = 0;

  const assignment = (changes: Parameters<typeof anAssignment>[0] = {}) => {
    const { template, ...rest } = changes;
    return anAssignment({ projectId, ...rest, template: { image, pullPolicy: 'never', stopGraceMs: 0, ...template } });
  };
  const set = (...wanted: NodeAssignment[]) => node.converger.applySet(++generation, wanted);
  const runs = ({ containerId }: NodeAssignment, incarnation = 1) =>
    node.reaches(containerId, 'running', incarnation, reachMs);
  const inspect = ({ containerId }: NodeAssignment) => driver.inspect(node.engineIdOf(containerId));

  beforeAll(async () => {
    node = new ObservedNode(driver, store);
    await node.converger.start();
  });
  afterAll(async () => {
    await set();
    const over = () => [...node.reports.values()].every((reports) => reports.at(-1)?.state === 'removed');
    await until('all are removed', over, reachMs);
    await node.converger.close();
    expect(await driver.list()).toEqual([]);
    expect(await driver.listNetworks()).toEqual([]);
    await driver.close();
  }, reachMs);

  it(
    'run, are healthy, and find each other by their services’ names',
    async () => {
      const server = assignment({ serviceName: 'server', template: { healthCheck: { kind: 'tcp', port: 8080 } } });
      const client = assignment({ serviceName: 'client', ordinal: 2 });
      await set(server, client);
      await runs(client);
      await until('healthy', () => node.last(server.containerId)?.health === 'healthy', reachMs);
      const session = await driver.exec((await inspect(client)).engineId, {
        command: ['sh', '-c', 'printf "GET / HTTP/1.0\\r\\n\\r\\n" | nc server 8080'],
      });
      let answer = '';
      for await (const { data } of session.output) answer += data.toString();
      expect(answer).toContain('200 OK');
    },
    reachMs,
  );

  it('run again at once after kill -9, in the same container', async () => {
    const wanted = assignment({ restart: { condition: 'always', resetAfterMs: 0 } });
    await set(wanted);
    await runs(wanted);
    const times: number[] = [];
    for (let incarnation = 1; incarnation <= 3; incarnation += 1) {
      const { pid, engineId, startedAt } = await inspect(wanted);
      await until('a run long enough to be forgiven', () => Date.now() - (startedAt?.getTime() ?? 0) > 1_100);
      const killedAt = performance.now();
      process.kill(pid ?? 0, 'SIGKILL');
      const seen = await runs(wanted, incarnation + 1);
      times.push(Math.round(performance.now() - killedAt));
      expect(seen.engineId).toBe(engineId);
    }
    process.stdout.write(`kill -9 to running again: ${times.join(', ')} ms\n`);
    expect(times.sort((a, b) => a - b)[1]).toBeLessThan(2_000);
  }, 40_000);

  it(
    'are left alone when the agent is restarted',
    async () => {
      const wanted = assignment();
      await set(wanted);
      await runs(wanted);
      const before = await inspect(wanted);
      await node.converger.close();
      node = new ObservedNode(driver, store);
      await node.converger.start();
      await runs(wanted);
      const after = await inspect(wanted);
      expect([after.engineId, after.pid, after.startedAt]).toEqual([before.engineId, before.pid, before.startedAt]);
    },
    reachMs,
  );

  it(
    'fail with the engine’s own sentence',
    async () => {
      const absent = assignment({ template: { image: 'localhost/pierhead/no-such-image:1' } });
      const wrong = assignment({ template: { entrypoint: ['/no/such/program'] } });
      await set(absent, wrong);
      const first = await node.reaches(absent.containerId, 'failed', 1, reachMs);
      expect(first.message).toContain('no-such-image');
      const second = await node.reaches(wrong.containerId, 'failed', 1, reachMs);
      expect(second.message).toMatch(/no such file/i);
    },
    reachMs,
  );
});
