import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import { CloudSocket } from '#libs/testing/cluster/cloud-socket.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 60_000;

/** Every call goes to the one api or the other in turn: none of them knows more than the database. */
describe('a stack on two of each process and a real engine', () => {
  let cluster: Cluster;
  let one: CloudClient;
  let other: CloudClient;
  let stack: CloudResource;
  let web: CloudResource;
  let port: number;
  let events: CloudSocket;

  beforeAll(async () => {
    cluster = await startCluster();
    [one, other] = [cluster.client(0), cluster.client(1)];
    port = await freePort();
  }, startMs);
  afterAll(() => cluster.stop(), startMs);

  const actionOf = async (client: CloudClient, method: string, path: string, body?: unknown) => {
    const answer = await client.call(method, path, body);
    expect(answer.status).toBeLessThan(300);
    return answer.headers.get('x-dockercloud-action-uri') ?? '';
  };
  const containersOf = async (uri: string) =>
    (await other.list(`/api/app/v1/container/?limit=100&service=${uri}`)).filter((one) => one.state !== 'Terminated');
  const page = async (path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`)).text();

  it(
    'is posted, started, and answers on its published port',
    async () => {
      events = await CloudSocket.open(other, '/api/audit/v1/events/');
      stack = await one.ok('POST', '/api/app/v1/stack/', {
        name: 'shop',
        services: [
          {
            name: 'web',
            image: sampleImage(),
            ports: [`${port}:8080`],
            links: ['api'],
            environment: { PIERHEAD_SAMPLE: 'first' },
          },
          { name: 'api', image: sampleImage(), target_num_containers: 2 },
        ],
      });
      expect(stack.state).toBe('Not Running');
      const action = await actionOf(other, 'POST', `${stack.resource_uri}start/`);
      await one.waitForState(stack.resource_uri, 'Running');
      await one.waitForState(action, 'Success');
      expect(await page()).toContain('It runs.');
      expect(await page('/cgi-bin/whoami')).toContain('service: first');
      expect((await cluster.engine.containers()).map(({ state }) => state)).toEqual(['running', 'running', 'running']);
      const services = await one.list('/api/app/v1/service/?stack__name=shop');
      web = services.find((service) => service['name'] === 'web') as CloudResource;
    },
    testMs,
  );

  it(
    'is told of by events, through the api that did not do it',
    async () => {
      const has = (type: string, state: string, uri?: string) => (frame: Record<string, unknown>) =>
        frame['type'] === type &&
        frame['state'] === state &&
        (uri === undefined || String(frame['resource_uri']).endsWith(uri.split('/').slice(-2).join('/')));
      await events.until(has('stack', 'Running', stack.resource_uri));
      await events.until(has('service', 'Running', web.resource_uri));
      await events.until(has('container', 'Running'));
      await events.until(has('action', 'Success'));
    },
    testMs,
  );

  it(
    'gives logs and runs commands through either api',
    async () => {
      const [container] = await containersOf(web.resource_uri);
      for (const client of [one, other]) {
        const logs = await CloudSocket.open(client, `${container?.resource_uri}logs/?follow=true&tail=100`);
        await logs.until((frame) => frame['streamType'] === 'stderr');
        const first = logs.frames.length;
        // Podman may lose a line that is written just while it turns from reading to following.
        await waitFor(async () => (await page()) && logs.frames.length > first, {
          what: 'A line of a request made while the log is followed',
          timeoutMs: 10_000,
          intervalMs: 100,
        });
        logs.close();
        const command = encodeURIComponent('sh -c "echo $((6*7)); cat; exit 3"');
        const exec = await CloudSocket.open(client, `${container?.resource_uri}exec/?command=${command}`, [
          'pierhead.exec.v1',
        ]);
        await exec.until(() => exec.output().includes('42'));
        exec.send(JSON.stringify({ type: 'stdin', data: 'written\n' }));
        await exec.until(() => exec.output().includes('written'));
        // It is a terminal: the end of its input is typed.
        exec.send(JSON.stringify({ type: 'stdin', data: '\u0004' }));
        expect(await exec.until((frame) => 'exit_code' in frame)).toMatchObject({ exit_code: 3 });
        expect(await exec.closed).toEqual({ code: 1000, reason: 'exit 3' });
      }
    },
    testMs,
  );

  it(
    'is changed: the definition at once, what runs with the redeploy',
    async () => {
      const before = await containersOf(web.resource_uri);
      await one.ok('PATCH', web.resource_uri, { container_envvars: [{ key: 'PIERHEAD_SAMPLE', value: 'second' }] });
      expect(await other.get(web.resource_uri)).toMatchObject({ synchronized: false });
      expect(await page('/cgi-bin/whoami')).toContain('service: first');
      const action = await actionOf(other, 'POST', `${web.resource_uri}redeploy/`);
      expect(await one.get(web.resource_uri)).toMatchObject({ state: 'Redeploying' });
      await one.waitForState(action, 'Success');
      expect(await other.get(web.resource_uri)).toMatchObject({ state: 'Running', synchronized: true });
      expect(await page('/cgi-bin/whoami')).toContain('service: second');
      const after = await containersOf(web.resource_uri);
      expect(after).toHaveLength(1);
      expect(after[0]?.uuid).not.toBe(before[0]?.uuid);
      expect(after[0]?.['container_envvars']).toContainEqual({ key: 'PIERHEAD_SAMPLE', value: 'second' });
    },
    testMs,
  );

  it(
    'is scaled up and down',
    async () => {
      const [api] = await one.list('/api/app/v1/service/?name=api');
      const uri = api?.resource_uri ?? '';
      const count = async (n: number) => {
        await one.ok('PATCH', uri, { target_num_containers: n });
        await other.waitForState(uri, 'Running');
        await cluster.ledger.untilActionsEnded();
        expect(await other.get(uri)).toMatchObject({ running_num_containers: n, current_num_containers: n });
        expect((await cluster.engine.containers()).filter((one) => one.name.startsWith('api'))).toHaveLength(n);
      };
      await count(4);
      await count(1);
    },
    testMs,
  );

  it(
    'is stopped and started: the same containers',
    async () => {
      const before = await cluster.engine.containers();
      await actionOf(one, 'POST', `${stack.resource_uri}stop/`);
      await other.waitForState(stack.resource_uri, 'Stopped');
      await expect(page()).rejects.toThrow();
      const action = await actionOf(other, 'POST', `${stack.resource_uri}start/`);
      await one.waitForState(action, 'Success');
      await one.waitForState(stack.resource_uri, 'Running');
      expect(await page()).toContain('It runs.');
      expect((await cluster.engine.containers()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    },
    testMs,
  );

  it(
    'is terminated and leaves nothing: no container, no network, no quota, no open action',
    async () => {
      const action = await actionOf(one, 'DELETE', stack.resource_uri);
      await other.waitForState(action, 'Success');
      await other.waitForState(stack.resource_uri, 'Terminated');
      await cluster.engine.untilEmpty();
      expect(await cluster.ledger.openActions()).toEqual([]);
      expect(await cluster.ledger.quotaDrift()).toEqual([]);
      await waitFor(async () => (await cluster.ledger.count('outbox')) === 0, {
        what: 'An empty outbox',
        timeoutMs: 5_000,
      });
      events.close();
    },
    testMs,
  );
});
