import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 60_000;
const replicas = 4;

describe('two nodes', () => {
  let cluster: Cluster;
  let client: CloudClient;
  let native: NativeClient;
  let service: CloudResource;
  let nodes: [string, string];

  beforeAll(async () => {
    const timers = {
      PIERHEAD_NODE_SUSPECT_MS: '1500',
      PIERHEAD_NODE_UNREACHABLE_MS: '2500',
      PIERHEAD_NODE_LOST_MS: '4000',
    };
    cluster = await startCluster({ agents: 2, env: timers });
    [client, native] = [cluster.client(), cluster.native(1)];
    nodes = cluster.nodeIds() as [string, string];
    service = await client.ok('POST', '/api/app/v1/service/', {
      name: 'web',
      image: sampleImage(),
      target_num_containers: replicas,
      autorestart: 'ALWAYS',
    });
    await client.ok('POST', `${service.resource_uri}start/`);
    await client.waitForState(service.resource_uri, 'Running');
  }, startMs);
  afterAll(() => cluster.stop(), startMs);

  const running = async () => (await cluster.engine.containers()).filter((one) => one.state === 'running');
  const runningOn = async (node: string) =>
    (await running()).filter((one) => one.labels['io.pierhead.node'] === node).length;
  const spread = async () => [await runningOn(nodes[0]), await runningOn(nodes[1])];
  const untilSpread = async (first: number, second: number, timeoutMs = 30_000) => {
    let last: number[] = [];
    await waitFor(
      async () => {
        last = await spread();
        return last[0] === first && last[1] === second;
      },
      { what: `A spread of ${first} and ${second}`, timeoutMs },
    ).catch((error: Error) => {
      throw new Error(`${error.message} It is ${last.join(' and ')}.`);
    });
  };
  const untilState = (node: string, ...states: string[]) =>
    waitFor(async () => states.includes((await native.ok<{ state: string }>('GET', `/nodes/${node}`)).state), {
      what: `A node becoming ${states.join(' or ')}`,
      timeoutMs: 20_000,
      intervalMs: 20,
    });
  const scale = async (n: number) => {
    await client.ok('PATCH', service.resource_uri, { target_num_containers: n });
    await client.waitForState(service.resource_uri, 'Running');
    await cluster.ledger.untilActionsEnded();
  };

  it('share the containers', async () => {
    await untilSpread(2, 2);
  });

  it(
    'a cordoned one takes nothing new and keeps what it has',
    async () => {
      await native.ok('POST', `/nodes/${nodes[0]}/cordon`);
      await scale(replicas + 2);
      await untilSpread(2, 4);
      await native.ok('POST', `/nodes/${nodes[0]}/uncordon`);
      await scale(replicas);
      const before = await spread();
      expect(before.reduce((sum, n) => sum + n, 0)).toBe(replicas);
    },
    testMs,
  );

  it(
    'a drained one is emptied, and no container ends before its successor runs',
    async () => {
      await native.ok('POST', `/nodes/${nodes[1]}/drain`);
      let fewest = replicas;
      await waitFor(
        async () => {
          fewest = Math.min(fewest, (await running()).length);
          return (await runningOn(nodes[1])) === 0;
        },
        { what: 'The drain', timeoutMs: 40_000, intervalMs: 10 },
      );
      expect(fewest).toBe(replicas);
      await untilSpread(replicas, 0);
      expect(await client.get(service.resource_uri)).toMatchObject({ state: 'Running' });
      expect(await cluster.ledger.quotaDrift()).toEqual([]);
      await native.ok('POST', `/nodes/${nodes[1]}/uncordon`);
    },
    testMs,
  );

  it(
    'one that is lost is replaced by the other; when it returns, what is too much goes',
    async () => {
      await scale(replicas + 2);
      await untilSpread(4, 2);
      const agent = cluster.agents[1];
      if (!agent) throw new Error('There is no second agent.');
      await cluster.kill(agent);
      await untilState(nodes[1], 'suspect', 'unreachable', 'lost');
      await untilState(nodes[1], 'unreachable', 'lost');
      await untilState(nodes[1], 'lost');
      // Its containers run on where nobody can see them; the others are there all the same.
      await untilSpread(6, 2);
      await client.waitForState(service.resource_uri, 'Running');
      await agent.start();
      await untilState(nodes[1], 'ready');
      await untilSpread(6, 0);
      await waitFor(async () => (await cluster.engine.containers()).length === 6, {
        what: 'The superfluous ones being removed',
        timeoutMs: 20_000,
      });
      expect(await cluster.ledger.doubled()).toEqual([]);
      expect(await cluster.ledger.quotaDrift()).toEqual([]);
      expect(await client.get(service.resource_uri)).toMatchObject({ state: 'Running', running_num_containers: 6 });
    },
    testMs,
  );

  it(
    'when all of them are silent none is given up, and nothing moves',
    async () => {
      const before = (await cluster.engine.containers()).map(({ id }) => id);
      await Promise.all(cluster.agents.map((agent) => cluster.kill(agent)));
      await Promise.all(nodes.map((node) => untilState(node, 'unreachable')));
      const since = Date.now();
      // Longer than a node may be silent before it is lost.
      await waitFor(
        async () => {
          for (const node of nodes) {
            expect((await native.ok<{ state: string }>('GET', `/nodes/${node}`)).state).toBe('unreachable');
          }
          return Date.now() - since > 4_000;
        },
        { what: 'The time for being lost', timeoutMs: 10_000, intervalMs: 200 },
      );
      await Promise.all(cluster.agents.map((agent) => agent.start()));
      await Promise.all(nodes.map((node) => untilState(node, 'ready')));
      expect((await cluster.engine.containers()).map(({ id }) => id)).toEqual(before);
    },
    testMs,
  );

  it(
    'a removed one is cut off at once, and its containers are made anew elsewhere',
    async () => {
      await scale(7);
      await untilSpread(6, 1);
      expect((await native.call('DELETE', `/nodes/${nodes[1]}`)).status).toBe(409);
      await native.ok('DELETE', `/nodes/${nodes[1]}?force=true`);
      const agent = cluster.agents[1];
      if (!agent) throw new Error('There is no second agent.');
      await waitFor(async () => (await agent.status()).state !== 'running', {
        what: 'The end of its session',
        timeoutMs: 2_000,
        intervalMs: 10,
      });
      await waitFor(async () => (await runningOn(nodes[0])) === 7, { what: 'The replacement', timeoutMs: 20_000 });
      expect((await native.call('GET', `/nodes/${nodes[1]}`)).status).toBe(404);
    },
    testMs,
  );
});
