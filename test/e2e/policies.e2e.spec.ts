import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import { CloudSocket } from '#libs/testing/cluster/cloud-socket.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { coreClient, idOf, type CoreClient } from './support/core-client.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 60_000;
const absentImage = 'localhost/pierhead/absent:1';

describe('policies of a service on a real engine', () => {
  let cluster: Cluster;
  let client: CloudClient;
  let core: CoreClient;

  beforeAll(async () => {
    cluster = await startCluster();
    client = cluster.client();
    core = await coreClient(cluster);
  }, startMs);
  afterAll(async () => {
    await core.close();
    await cluster.stop();
  }, startMs);

  const actionsOf = (uri: string) => client.list(`/api/audit/v1/action/?object=${uri}`);
  const ended = (uri: string, verb: string): Promise<CloudResource> =>
    waitFor(
      async (): Promise<CloudResource | undefined> =>
        (await actionsOf(uri)).find(
          (one) => one['action'] === `Service ${verb}` && !['Pending', 'In progress'].includes(one.state),
        ),
      { what: `The end of ${verb}`, timeoutMs: 30_000 },
    );
  const messageOf = async (uri: string): Promise<string> => {
    const rows = await cluster.ledger.rows<{ message: string | null }>(
      'SELECT message FROM action WHERE resource_id = $1 AND message IS NOT NULL ORDER BY started_at DESC LIMIT 1',
      [idOf(uri)],
    );
    return rows[0]?.message ?? '';
  };
  const containersOf = async (uri: string) =>
    (await core.queries.get(core.context, idOf(uri))).containers.filter((one) => one.state !== 'removed');
  const onEngine = async (name: string) =>
    (await cluster.engine.containers()).filter((one) => new RegExp(`^${name}-\\d`).test(one.name));
  const terminate = async (uri: string) => {
    await client.call('DELETE', uri);
    await client.waitForState(uri, 'Terminated');
  };
  const shell = (script: string) => ({ image: sampleImage(), command: ['sh', '-c', script] });

  it(
    'starts a container again after kill -9, at once, as the same container',
    async () => {
      const uri = await core.run({
        name: 'crash',
        template: { image: sampleImage() },
        restart: { condition: 'always' },
      });
      await client.waitForState(uri, 'Running');
      const [before] = await onEngine('crash');
      const old = await cluster.engine.crash(before?.id ?? '');
      const pid = await waitFor(
        async () => {
          const { State } = await cluster.engine.inspect(before?.id ?? '');
          return State.Running && State.Pid !== old && State.Pid;
        },
        { what: 'The restart', timeoutMs: 5_000, intervalMs: 10 },
      );
      expect(pid).toBeGreaterThan(1);
      await waitFor(async () => (await containersOf(uri))[0]?.state === 'running', {
        what: 'The report of the restart',
        timeoutMs: 5_000,
      });
      expect((await onEngine('crash')).map(({ id }) => id)).toEqual([before?.id]);
      await terminate(uri);
    },
    testMs,
  );

  it(
    'waits longer before each restart of what keeps ending, and gives up as told',
    async () => {
      // Seconds since the machine was started, to two places.
      const uri = await core.run({
        name: 'looping',
        template: shell('cut -d" " -f1 /proc/uptime; exit 7'),
        restart: { condition: 'on-failure', maxAttempts: 4 },
      });
      const over = await waitFor(
        async (): Promise<CloudResource | null> => {
          const [known] = await containersOf(uri);
          return known?.state === 'failed' ? client.get(`/api/app/v1/container/${known.id}/`) : null;
        },
        { what: 'Giving up', timeoutMs: 20_000 },
      );
      expect(over['exit_code_msg']).toBe('It exited with code 7 and had been restarted 4 times, as often as allowed.');
      const log = await CloudSocket.open(client, `${over.resource_uri}logs/?follow=false`);
      await log.closed;
      const at = log
        .output()
        .split('\n')
        .filter((line) => line !== '')
        .map(Number);
      expect(at).toHaveLength(5);
      const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
      // After waits of 0, 100, 200 and 400 ms.
      for (const [index, atLeast] of [0, 0.1, 0.2, 0.4].entries()) expect(gaps[index]).toBeGreaterThan(atLeast - 0.02);
      await terminate(uri);
    },
    testMs,
  );

  it(
    'destroys what has ended, as the service says: a job that ends well has succeeded',
    async () => {
      const uri = await core.run({
        name: 'job',
        template: shell('echo done'),
        autodestroy: 'on-success',
        replicas: 2,
      });
      expect((await ended(uri, 'Start')).state).toBe('Success');
      await waitFor(async () => (await onEngine('job')).length === 0, { what: 'The removal', timeoutMs: 10_000 });
      expect(await client.get(uri)).toMatchObject({ state: 'Stopped' });
      await terminate(uri);
      const failing = await core.run({ name: 'failing', template: shell('exit 1'), autodestroy: 'on-success' });
      // Whether its start counts as one depends on whether it was seen running; the container stays in any case.
      await waitFor(async () => (await containersOf(failing))[0]?.state === 'exited', {
        what: 'Its end',
        timeoutMs: 10_000,
      });
      await client.waitForState(failing, 'Stopped');
      expect(await onEngine('failing')).toHaveLength(1);
      await terminate(failing);
    },
    testMs,
  );

  it(
    'pulls as its policy says, and says what could not be had',
    async () => {
      const cases: [policy: 'missing' | 'never' | 'always', image: string, state: string, sentence: RegExp][] = [
        ['missing', sampleImage(), 'Success', /^$/],
        ['never', sampleImage(), 'Success', /^$/],
        ['never', absentImage, 'Failed', /"absent3-1" .*absent:1 is not on this node and is not to be pulled/],
        ['missing', absentImage, 'Failed', /"absent4-1" .*absent/i],
        ['always', sampleImage(), 'Failed', /"absent5-1" .*sample/i],
      ];
      // All at once: the engine asks for seconds before it gives an image up.
      await Promise.all(
        cases.map(async ([pullPolicy, image, state, sentence], index) => {
          const uri = await core.run({ name: `absent${index + 1}`, template: { image, pullPolicy } });
          expect([pullPolicy, image, (await ended(uri, 'Start')).state]).toEqual([pullPolicy, image, state]);
          expect(await messageOf(uri)).toMatch(sentence);
          await terminate(uri);
        }),
      );
    },
    testMs,
  );

  it(
    'does not call a redeploy a success whose health check fails, and goes back when it is told to',
    async () => {
      const healthy = { kind: 'command' as const, command: ['true'], intervalMs: 200, timeoutMs: 1_000, retries: 2 };
      const template = { image: sampleImage(), healthCheck: healthy };
      const rollout = { monitorMs: 500, failureAction: 'rollback' as const };
      const uri = await core.run({ name: 'checked', template, replicas: 2, rollout });
      await client.waitForState(uri, 'Running');
      const before = await onEngine('checked');
      await core.commands.update(core.context, idOf(uri), (spec) => ({
        ...spec,
        links: [],
        template: { ...spec.template, healthCheck: { ...healthy, command: ['false'] } },
      }));
      await core.commands.redeploy(core.context, idOf(uri));
      expect((await ended(uri, 'Redeploy')).state).toBe('Failed');
      expect(await messageOf(uri)).toMatch(/"checked-\d" is unhealthy/);
      await client.waitForState(uri, 'Running');
      const [deployment] = await core.queries.deployments(core.context, idOf(uri), 1);
      expect(deployment?.state).toBe('rolled-back');
      const after = await onEngine('checked');
      expect(after).toHaveLength(2);
      // The rollout stops at the first failure: the other one was never touched.
      expect(after.filter(({ id }) => before.some((old) => old.id === id))).toHaveLength(1);
      expect(await client.get(uri)).toMatchObject({ synchronized: false });
      await terminate(uri);
    },
    testMs,
  );

  it(
    'pauses a redeploy that fails, by default, and keeps what still runs',
    async () => {
      const uri = await core.run({ name: 'paused', template: { image: sampleImage() }, replicas: 3 });
      await client.waitForState(uri, 'Running');
      await core.commands.update(core.context, idOf(uri), (spec) => ({
        ...spec,
        links: [],
        template: { ...spec.template, command: ['/no/such/program'] },
      }));
      await core.commands.redeploy(core.context, idOf(uri));
      expect((await ended(uri, 'Redeploy')).state).toBe('Failed');
      expect(await messageOf(uri)).toMatch(/"paused-\d" failed: .*\/no\/such\/program/);
      expect((await onEngine('paused')).filter((one) => one.state === 'running')).toHaveLength(2);
      expect((await core.queries.deployments(core.context, idOf(uri), 1))[0]?.state).toBe('paused');
      await terminate(uri);
    },
    testMs,
  );

  it.each(['stop-first', 'start-first'] as const)(
    'a rolling redeploy, %s, never has fewer running than it may',
    async (order) => {
      const replicas = 4;
      const floor = order === 'stop-first' ? replicas - 1 : replicas;
      const uri = await core.run({
        name: 'rolling',
        template: { image: sampleImage() },
        replicas,
        rollout: { parallelism: 1, order, monitorMs: 200 },
      });
      await client.waitForState(uri, 'Running');
      const before = await onEngine('rolling');
      await core.commands.redeploy(core.context, idOf(uri));
      let fewest = replicas;
      let most = 0;
      await waitFor(
        async () => {
          const running = (await onEngine('rolling')).filter((one) => one.state === 'running').length;
          fewest = Math.min(fewest, running);
          most = Math.max(most, running);
          return (await core.queries.deployments(core.context, idOf(uri), 1))[0]?.state === 'succeeded';
        },
        { what: 'The redeploy', timeoutMs: 40_000, intervalMs: 10 },
      );
      expect(fewest).toBeGreaterThanOrEqual(floor);
      expect(most).toBeLessThanOrEqual(order === 'start-first' ? replicas + 1 : replicas);
      const after = await onEngine('rolling');
      expect(after).toHaveLength(replicas);
      expect(after.some(({ id }) => before.some((old) => old.id === id))).toBe(false);
      await terminate(uri);
    },
    testMs,
  );

  it(
    'leaves nothing behind',
    async () => {
      await cluster.engine.untilEmpty();
      expect(await cluster.ledger.openActions()).toEqual([]);
      expect(await cluster.ledger.quotaDrift()).toEqual([]);
    },
    testMs,
  );
});
