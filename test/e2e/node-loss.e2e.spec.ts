import { readFileSync } from 'node:fs';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { EngineContainer } from '#libs/testing/cluster/engine-view.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { Lab } from '#libs/testing/lab/lab.js';

const startMs = 180_000;
const testMs = 90_000;
const replicas = 6;
const image = 'localhost/pierhead/sample:latest';

/** Three machines with default timers. What matters is the order; how long it took is printed. */
describe('a machine of three', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let native: NativeClient;
  let service: CloudResource;
  let kept: { id: string };

  beforeAll(async () => {
    lab = await Lab.start({ nodes: 3 });
    cluster = await lab.platform();
    [client, native] = [cluster.client(), cluster.native()];
    // Its data is where it first ran: it waits for that machine.
    ({ service: kept } = await native.ok<{ service: { id: string } }>('POST', '/services', {
      name: 'kept',
      restart: { condition: 'always' },
      template: { image, mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] },
    }));
    await client.ok('POST', `/api/app/v1/service/${kept.id}/start/`);
    await client.waitForState(`/api/app/v1/service/${kept.id}/`, 'Running');
    service = await client.ok('POST', '/api/app/v1/service/', {
      name: 'web',
      image,
      target_num_containers: replicas,
      autorestart: 'ALWAYS',
    });
    await client.ok('POST', `${service.resource_uri}start/`);
    await client.waitForState(service.resource_uri, 'Running');
    await cluster.ledger.untilActionsEnded();
  }, startMs);
  afterAll(() => lab.stop(), startMs);

  const nodeState = async (number: number) =>
    (await native.ok<{ state: string }>('GET', `/nodes/${cluster.nodeIds()[number - 1]}`)).state;
  const untilState = (number: number, ...states: string[]) =>
    waitFor(async () => states.includes(await nodeState(number)), {
      what: `Node ${number} becoming ${states.join(' or ')}`,
      timeoutMs: 30_000,
      intervalMs: 20,
    });
  const on = async (number: number, running = true): Promise<EngineContainer[]> =>
    (await lab.engine(lab.node(number)).containers()).filter((one) => !running || one.state === 'running');
  const webOn = async (...numbers: number[]) =>
    (await Promise.all(numbers.map((number) => on(number)))).flat().filter((one) => one.name.startsWith('web-'));
  const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id).sort();
  const slots = (list: readonly EngineContainer[]) =>
    list.map((one) => one.name.split('-').slice(0, 2).join('-')).sort();
  const everySlot = Array.from({ length: replicas }, (_, i) => `web-${i + 1}`);
  const where = async (): Promise<number> => {
    for (const number of [1, 2, 3])
      if ((await on(number, false)).some((one) => one.name.startsWith('kept-'))) return number;
    throw new Error('It is nowhere.');
  };
  const others = (number: number) => [1, 2, 3].filter((other) => other !== number);
  const untilMoved = async (numbers: number[]) => {
    const began = performance.now();
    await waitFor(async () => (await webOn(...numbers)).length === replicas, {
      what: 'Everything running on the others',
      timeoutMs: 60_000,
      intervalMs: 10,
    });
    return performance.now() - began;
  };
  const untilGoneFrom = (number: number, old: readonly string[]) =>
    waitFor(async () => (await on(number, false)).every(({ id }) => !old.includes(id)), {
      what: 'The removal of what was replaced',
      timeoutMs: 40_000,
      intervalMs: 50,
    });

  it(
    'that is away for a moment keeps everything, and nothing moves',
    async () => {
      const before = ids((await Promise.all([1, 2, 3].map((number) => on(number)))).flat());
      await lab.node(3).cutLink();
      await untilState(3, 'suspect', 'unreachable');
      await lab.node(3).restoreLink();
      await untilState(3, 'ready');
      await cluster.ledger.untilActionsEnded();
      expect(ids((await Promise.all([1, 2, 3].map((number) => on(number)))).flat())).toEqual(before);
      expect(
        await cluster.ledger.rows(`SELECT id FROM container WHERE state = 'lost' OR desired <> 'running'`),
      ).toEqual([]);
    },
    testMs,
  );

  it(
    'that loses its power has what ran there elsewhere, under the same names; data waits for it',
    async () => {
      const number = await where();
      const staying = ids(await webOn(...others(number)));
      await lab.node(number).powerOff();
      const tookMs = await untilMoved(others(number));
      console.log(`Everything ran elsewhere ${Math.round(tookMs)} ms after the loss of a node.`);
      const running = await webOn(...others(number));
      expect(slots(running)).toEqual(everySlot);
      expect(ids(running)).toEqual(expect.arrayContaining(staying));
      expect(await nodeState(number)).toBe('lost');
      expect(
        (await Promise.all(others(number).map((other) => on(other, false)))).flat().map((one) => one.name),
      ).not.toContainEqual(expect.stringMatching(/^kept-/));
      await client.waitForState(service.resource_uri, 'Running');

      await lab.node(number).powerOn();
      const old = ids((await on(number, false)).filter((one) => one.name.startsWith('web-')));
      await cluster.agents[number - 1]?.start();
      await untilState(number, 'ready');
      await untilGoneFrom(number, old);
      await client.waitForState(`/api/app/v1/service/${kept.id}/`, 'Running');
      expect((await on(number)).map((one) => one.name)).toContainEqual(expect.stringMatching(/^kept-/));
      expect(ids(await webOn(...others(number)))).toEqual(ids(running));
      expect(await cluster.ledger.doubled()).toEqual([]);
    },
    testMs,
  );

  it(
    'that is cut off runs on unseen; when it is back, what was replaced ends and is not counted',
    async () => {
      const [number = 1] = others(await where());
      const unseen = await webOn(number);
      expect(unseen.length).toBeGreaterThan(0);
      await lab.node(number).cutLink();
      const tookMs = await untilMoved(others(number));
      console.log(`Everything ran elsewhere ${Math.round(tookMs)} ms after a node was cut off.`);
      expect(ids(await webOn(number))).toEqual(ids(unseen));
      const replaced = ids(await webOn(...others(number)));

      await lab.node(number).restoreLink();
      await untilState(number, 'ready');
      await untilGoneFrom(number, ids(unseen));
      // Those that took over were not disturbed by the return.
      expect(ids(await webOn(...others(number)))).toEqual(replaced);
      expect(await cluster.ledger.doubled()).toEqual([]);
      expect(await cluster.ledger.quotaDrift()).toEqual([]);
      expect(await client.get(service.resource_uri)).toMatchObject({
        state: 'Running',
        running_num_containers: replicas,
      });
    },
    testMs,
  );

  it(
    'and most of them at once are none of them given up, and the operator is told why',
    async () => {
      const before = ids((await Promise.all([1, 2, 3].map((number) => on(number)))).flat());
      await Promise.all([lab.node(1).cutLink(), lab.node(2).cutLink()]);
      await Promise.all([untilState(1, 'unreachable'), untilState(2, 'unreachable')]);
      await waitFor(
        () => readFileSync(cluster.logFile('worker-0'), 'utf8').includes('none of them is taken for lost'),
        {
          what: 'A word to the operator',
          timeoutMs: 20_000,
          intervalMs: 50,
        },
      );
      expect([await nodeState(1), await nodeState(2), await nodeState(3)]).toEqual([
        'unreachable',
        'unreachable',
        'ready',
      ]);
      await Promise.all([lab.node(1).restoreLink(), lab.node(2).restoreLink()]);
      await Promise.all([untilState(1, 'ready'), untilState(2, 'ready')]);
      await cluster.ledger.untilActionsEnded();
      expect(ids((await Promise.all([1, 2, 3].map((number) => on(number)))).flat())).toEqual(before);
    },
    testMs,
  );
});
