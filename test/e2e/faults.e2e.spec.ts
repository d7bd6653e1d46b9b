import { Redis } from 'ioredis';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 90_000;
const services = 6;
const replicas = 2;

/** What breaks; it is whole again when the promise resolves. */
type Fault = (cluster: Cluster) => Promise<void>;

const killed =
  (pick: (cluster: Cluster) => { name: string; start(): Promise<void> } | undefined): Fault =>
  async (cluster) => {
    const part = pick(cluster);
    if (!part) throw new Error('There is no such process.');
    await cluster.kill(part);
    await part.start();
  };

const faults: Record<string, Fault> = {
  'an api is killed': killed((cluster) => cluster.apis[1]),
  'a worker is killed': killed((cluster) => cluster.workers[0]),
  'both workers are killed': async (cluster) => {
    await Promise.all(cluster.workers.map((worker) => cluster.kill(worker)));
    await Promise.all(cluster.workers.map((worker) => worker.start()));
  },
  'a gateway is killed': killed((cluster) => cluster.gateways[0]),
  'both gateways are killed': async (cluster) => {
    await Promise.all(cluster.gateways.map((gateway) => cluster.kill(gateway)));
    await Promise.all(cluster.gateways.map((gateway) => gateway.start()));
  },
  'the agent is killed': killed((cluster) => cluster.agents[0]),
  'Redis is killed': killed((cluster) => cluster.redis),
  'Redis is emptied': async (cluster) => {
    const redis = new Redis(cluster.redis.url());
    await redis.flushall();
    redis.disconnect();
  },
  'PostgreSQL is restarted': async (cluster) => {
    await cluster.postgres.stop();
    await cluster.postgres.start();
  },
};

describe('faults in the middle of a deployment', () => {
  let cluster: Cluster;
  let client: CloudClient;
  let round = 0;

  beforeAll(async () => {
    cluster = await startCluster();
    client = cluster.client();
  }, startMs);
  afterAll(() => cluster.stop(), startMs);

  const begin = async (): Promise<string> => {
    const stack = await client.ok('POST', '/api/app/v1/stack/', {
      name: `fleet${++round}`,
      services: Array.from({ length: services }, (_, at) => ({
        name: `s${at}`,
        image: sampleImage(),
        target_num_containers: replicas,
        autorestart: 'ALWAYS',
      })),
    });
    await client.ok('POST', `${stack.resource_uri}start/`);
    return stack.resource_uri;
  };

  const expectGone = async (stack: string) => {
    await client.waitForState(stack, 'Terminated', 60_000);
    await cluster.engine.untilEmpty();
    await cluster.ledger.untilActionsEnded();
    expect(await cluster.ledger.quotaDrift()).toEqual([]);
  };

  const untilHeld = (enough: (held: number) => boolean) =>
    waitFor(async () => enough((await cluster.engine.containers()).length), {
      what: 'The moment for the fault',
      timeoutMs: 30_000,
      intervalMs: 5,
    });

  const untilRestarted = (id: string, before: Record<string, string>) =>
    waitFor(
      async () => {
        const { Running, StartedAt } = (await cluster.engine.inspect(id)).State;
        return Running && StartedAt !== before[id];
      },
      { what: 'The restart by the agent', timeoutMs: 10_000, intervalMs: 10 },
    );

  /** Everything runs, nothing twice, and every number agrees. */
  const expectWhole = async (stack: string) => {
    await client.waitForState(stack, 'Running', 60_000);
    await cluster.ledger.untilActionsEnded();
    expect(await cluster.ledger.doubled()).toEqual([]);
    expect(await cluster.ledger.quotaDrift()).toEqual([]);
    const wanted = await cluster.ledger.rows<{ id: string }>(
      `SELECT id FROM container WHERE removed_at IS NULL AND desired = 'running' AND state = 'running'`,
    );
    expect(wanted).toHaveLength(services * replicas);
    const engineIds = async () =>
      (await cluster.engine.containers()).map((one) => `${one.labels['io.pierhead.container']} ${one.state}`).sort();
    const expected = wanted.map(({ id }) => `${id} running`).sort();
    // What a superseded attempt left may still be on its way out.
    await waitFor(async () => (await engineIds()).length === expected.length, {
      what: 'The engine holding no more than is wanted',
      timeoutMs: 20_000,
    });
    expect(await engineIds()).toEqual(expected);
    const failed = await cluster.ledger.rows(`SELECT verb, message FROM action WHERE state = 'failed'`);
    expect(failed).toEqual([]);
  };

  // The number says how many containers the engine has when the fault comes.
  it.each(Object.entries(faults).map(([name, fault], at) => [name, [0, 3, 6, 9][at % 4] ?? 0, fault] as const))(
    '%s: with %i containers made, and again with half of them removed',
    async (_, made, fault) => {
      const stack = await begin();
      await untilHeld((held) => held >= made);
      await fault(cluster);
      await expectWhole(stack);
      await client.ok('DELETE', stack);
      await untilHeld((held) => held <= (services * replicas) / 2);
      await fault(cluster);
      await expectGone(stack);
    },
    testMs,
  );

  it.each(['a worker is killed', 'a gateway is killed', 'the agent is killed', 'PostgreSQL is restarted'])(
    '%s: in the middle of a redeploy',
    async (name) => {
      const stack = await begin();
      await client.waitForState(stack, 'Running');
      const before = (await cluster.engine.containers()).map(({ id }) => id);
      await client.ok('POST', `${stack}redeploy/`);
      const isNew = ({ id }: { id: string }) => !before.includes(id);
      await waitFor(async () => (await cluster.engine.containers()).some(isNew), {
        what: 'The first new container',
        timeoutMs: 30_000,
        intervalMs: 5,
      });
      await faults[name]?.(cluster);
      await expectWhole(stack);
      expect((await cluster.engine.containers()).every(isNew)).toBe(true);
      await client.ok('DELETE', stack);
      await expectGone(stack);
    },
    testMs,
  );

  it(
    'a killed agent restarts no container, and takes up what it finds',
    async () => {
      const stack = await begin();
      await client.waitForState(stack, 'Running');
      const before = await cluster.engine.startTimes();
      const agent = cluster.agents[0];
      if (!agent) throw new Error('There is no agent.');
      await cluster.kill(agent);
      await agent.start();
      await cluster.kill(agent);
      await agent.start();
      await expectWhole(stack);
      expect(await cluster.engine.startTimes()).toEqual(before);
      // The exits that it could not see are seen by the next one.
      const [first] = await cluster.engine.containers();
      await cluster.kill(agent);
      await cluster.engine.crash(first?.id ?? '');
      await agent.start();
      await untilRestarted(first?.id ?? '', before);
      await expectWhole(stack);
      await client.ok('DELETE', stack);
      await expectGone(stack);
    },
    testMs,
  );

  it(
    'with the control plane away a crashed container is restarted on its node, and the report catches up',
    async () => {
      const stack = await begin();
      await client.waitForState(stack, 'Running');
      const before = await cluster.engine.startTimes();
      const [first] = await cluster.engine.containers();
      const id = first?.labels['io.pierhead.container'];
      const incarnation = async () =>
        (await cluster.ledger.rows<{ incarnation: number }>('SELECT incarnation FROM container WHERE id = $1', [id]))[0]
          ?.incarnation;
      expect(await incarnation()).toBe(1);
      const away = [...cluster.gateways, ...cluster.workers, ...cluster.apis];
      await Promise.all(away.map((part) => cluster.kill(part)));
      await cluster.engine.crash(first?.id ?? '');
      await untilRestarted(first?.id ?? '', before);
      await Promise.all(away.map((part) => part.start()));
      await waitFor(async () => (await incarnation()) === 2, { what: 'The report', timeoutMs: 20_000 });
      await expectWhole(stack);
      const now = await cluster.engine.startTimes();
      expect(Object.keys(now).filter((each) => now[each] !== before[each])).toEqual([first?.id]);
      await client.ok('DELETE', stack);
      await expectGone(stack);
    },
    testMs,
  );
});
