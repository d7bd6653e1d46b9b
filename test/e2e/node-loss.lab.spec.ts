import { readFileSync } from 'node:fs';
import { edgePackages, ensurePackages } from '#libs/launch/debian/packages.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { EngineContainer } from '#libs/testing/cluster/engine-view.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { Lab } from '#libs/testing/lab/lab.js';
import { Load } from '#libs/testing/load/load.js';

const startMs = 180_000;
const testMs = 90_000;
const replicas = 6;
const image = 'localhost/pierhead/sample:latest';
const host = 'web.apps.test';

/** The sample image's web server, and a page that takes its time. */
const script = [
  `printf '%s\\n' '#!/bin/sh' 'sleep 1' 'printf "Content-Type: text/plain\\r\\n\\r\\nslow"' > /www/cgi-bin/slow`,
  "chmod 755 /www/cgi-bin/slow; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait",
].join('\n');

/** Three machines with default timers, all of them edges. What matters is the order; how long it took is printed. */
describe('a machine of three', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let native: NativeClient;
  let service: CloudResource;
  let kept: { id: string };
  let route: { id: string };
  let outside: { id: string; address: string };
  let load: Load[] = [];

  beforeAll(async () => {
    await ensurePackages(edgePackages, () => undefined);
    lab = await Lab.start({ nodes: 3 });
    cluster = await lab.platform({
      env: { PIERHEAD_DEFAULT_DOMAIN: 'apps.test' },
      agentEnv: () => ({ PIERHEAD_NODE_ROLES: 'edge' }),
    });
    [client, native] = [cluster.client(), cluster.native()];
    // Its data is where it first ran: it waits for that machine.
    ({ service: kept } = await native.ok<{ service: { id: string } }>('POST', '/services', {
      name: 'kept',
      restart: { condition: 'always' },
      template: { image, mounts: [{ kind: 'volume', volume: 'data', target: '/data' }] },
    }));
    await client.ok('POST', `/api/app/v1/service/${kept.id}/start/`);
    await client.waitForState(`/api/app/v1/service/${kept.id}/`, 'Running');
    const made = await native.ok<{ service: { id: string } }>('POST', '/services', {
      name: 'web',
      replicas,
      restart: { condition: 'always' },
      template: { image, command: ['sh', '-c', script] },
    });
    service = await client.get(`/api/app/v1/service/${made.service.id}/`);
    await client.ok('POST', `${service.resource_uri}start/`);
    await client.waitForState(service.resource_uri, 'Running');
    await cluster.ledger.untilActionsEnded();
    route = await native.ok('POST', '/routes', {
      ...{ kind: 'http', host, targets: [{ serviceId: service.uuid, port: 8080 }] },
      healthCheck: { kind: 'tcp', intervalMs: 500, rise: 1, fall: 2 },
    });
    await untilReady();
    const range = { first: lab.switch.address(200), last: lab.switch.address(209) };
    await native.ok('POST', '/public-ip-pools', { name: 'outside', range });
    outside = await native.ok('POST', '/public-ips', { pool: 'outside' });
  }, startMs);
  afterAll(async () => {
    await Promise.all(load.map((each) => each.stop()));
    await lab.stop();
  }, startMs);

  const untilReady = () =>
    waitFor(
      async () => {
        const { targets } = await native.ok<{ targets: { ready: number }[] }>('GET', `/routes/${route.id}`);
        return targets[0]?.ready === replicas;
      },
      { what: 'A route with every container', timeoutMs: 30_000, intervalMs: 20 },
    );
  /** Through these machines' edges, short requests and such as are under way when something happens. */
  const beginLoad = async (numbers: number[]) => {
    load = numbers.flatMap((number) => {
      const options = { host, address: lab.node(number).address, port: 80 };
      return [
        new Load({ ...options, kept: 2, single: 1, pauseMs: 5 }),
        new Load({ ...options, kept: 3, single: 3, path: '/cgi-bin/slow' }),
      ];
    });
    await Promise.all(load.map((each) => each.more(12)));
  };
  const endLoad = async () => {
    await Promise.all(load.map((each) => each.more(12)));
    await Promise.all(load.map((each) => each.stop()));
    const failures = load.flatMap((each) => each.failures);
    const total = load.reduce((sum, each) => sum + each.total, 0);
    console.log(
      `${failures.length} of ${total} requests failed; the longest took ${Math.max(...load.map((each) => each.longestMs))} ms.`,
    );
    // An answer that had begun to be passed on when its machine went can't be taken back; whatever had not is sent elsewhere.
    const broken = failures.filter((reason) => reason.startsWith('The answer broke off.'));
    expect(failures.filter((reason) => !broken.includes(reason))).toEqual([]);
    expect(broken.length).toBeLessThanOrEqual(2);
  };
  const answersOutside = () =>
    fetch(`http://${outside.address}:8080/`, { signal: AbortSignal.timeout(1_000) }).then(
      async (answer) => (await answer.text()).includes('It runs.'),
      () => false,
    );
  const untilAnswersOutside = () =>
    waitFor(answersOutside, { what: 'An answer at the public address', timeoutMs: 30_000, intervalMs: 20 });

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
      const [bound] = await webOn(number);
      await native.ok('PUT', `/public-ips/${outside.id}/binding`, {
        ...{ containerId: bound?.labels['io.pierhead.container'], ports: 'all' },
      });
      await untilAnswersOutside();
      await beginLoad(others(number));
      await lab.node(number).powerOff();
      const tookMs = await untilMoved(others(number));
      console.log(`Everything ran elsewhere ${Math.round(tookMs)} ms after the loss of a node.`);
      const began = performance.now() - tookMs;
      await untilAnswersOutside();
      console.log(
        `The public address answered ${Math.round(performance.now() - began)} ms after the loss of its node.`,
      );
      await untilReady();
      console.log(`Edges sent requests to all ${Math.round(performance.now() - began)} ms after the loss of a node.`);
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
      await endLoad();
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
      await beginLoad(others(number));
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
      await endLoad();
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
