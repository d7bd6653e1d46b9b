import { waitFor } from '#libs/launch/process/wait.js';
import { CloudClient, type CloudResource } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { Lab } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { ensureResolverImage, resolverImage } from '#libs/testing/lab/resolver.image.js';

const startMs = 180_000;
const testMs = 90_000;

interface Placed {
  node: LabNode;
  engineId: string;
  /** `web-1` of `web-1-ab12…`. */
  slot: string;
  address: string;
  project: string;
}

/** The platform's own processes over three machines: names, addresses and reach as tenants see them. */
describe('a stack over three nodes', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let web: CloudResource;

  beforeAll(async () => {
    lab = await Lab.start({ nodes: 3 });
    await Promise.all(lab.nodes.map(ensureResolverImage));
    cluster = await lab.platform();
    client = cluster.client();
    const service = (name: string, n: number) => ({ name, image: resolverImage, target_num_containers: n });
    const stack = await client.ok('POST', '/api/app/v1/stack/', {
      name: 'shop',
      services: [
        { ...service('web', 3), autorestart: 'ALWAYS', deployment_strategy: 'EMPTIEST_NODE' },
        { ...service('db', 1), autorestart: 'ALWAYS' },
      ],
    });
    await client.ok('POST', `${stack.resource_uri}start/`);
    await client.waitForState(stack.resource_uri, 'Running', 60_000);
    await cluster.ledger.untilActionsEnded();
    const services = await client.list('/api/app/v1/service/');
    web = services.find(({ name }) => name === 'web')!;
  }, startMs);
  afterAll(() => lab.stop(), startMs);

  const running = async () =>
    (
      await Promise.all(
        lab.nodes.map(async (node) =>
          (await lab.engine(node).containers())
            .filter(({ state }) => state === 'running')
            .map((one) => ({ node, one })),
        ),
      )
    ).flat();
  const placed = async (): Promise<Placed[]> =>
    Promise.all(
      (await running()).map(async ({ node, one: { id, name, labels } }) => {
        const { stdout } = await node.runIn(id, 'ip', ['-o', '-4', 'addr', 'show', 'eth0']);
        return {
          ...{ node, engineId: id, slot: name.split('-').slice(0, 2).join('-') },
          address: /inet ([\d.]+)/.exec(stdout)?.[1] ?? '',
          project: labels['io.pierhead.project'] ?? '',
        };
      }),
    );
  const countWebs = async () => (await running()).filter(({ one }) => one.name.startsWith('web-')).length;
  const slot = async (name: string): Promise<Placed> => {
    const one = (await placed()).find((each) => each.slot === name);
    if (!one) throw new Error(`${name} runs nowhere.`);
    return one;
  };
  /** As a program in the container would look it up. */
  const lookUp = async (from: Placed, name: string): Promise<string[]> => {
    const { stdout } = await from.node.exec(from.engineId, '/bin/getent', ['ahostsv4', name], { accept: [0, 2] });
    return [...new Set(stdout.split('\n').flatMap((line) => line.split(' ')[0] || []))].sort();
  };
  const reaches = async (from: Placed, address: string) =>
    (await from.node.runIn(from.engineId, 'busybox', ['ping', '-c', '1', '-W', '1', address], { accept: [0, 1] }))
      .code === 0;

  it(
    'is on all of them, and everybody reaches everybody',
    async () => {
      const all = await placed();
      expect(new Set(all.map(({ node }) => node.name)).size).toBe(3);
      for (const from of all) for (const to of all) expect(await reaches(from, to.address)).toBe(true);
    },
    testMs,
  );

  it(
    'knows its services and containers by name',
    async () => {
      const [db, ...webs] = [await slot('db-1'), await slot('web-1'), await slot('web-2'), await slot('web-3')];
      const addresses = webs.map(({ address }) => address).sort();
      for (const name of ['web', 'WEB', 'web.shop']) expect(await lookUp(db, name)).toEqual(addresses);
      for (const one of webs) {
        expect(await lookUp(db, one.slot)).toEqual([one.address]);
        expect(await lookUp(one, 'db')).toEqual([db.address]);
      }
      expect(await lookUp(db, 'nothing-like-it')).toEqual([]);
    },
    testMs,
  );

  it(
    'keeps every address over a redeploy, also onto another node',
    async () => {
      const before = new Map((await placed()).map((one) => [one.slot, one]));
      const native = cluster.native();
      const home = before.get('web-1')!.node;
      const nodeId = cluster.nodeIds()[lab.nodes.indexOf(home)];
      await native.ok('POST', `/nodes/${nodeId}/cordon`);
      await client.ok('POST', `${web.resource_uri}redeploy/`);
      await client.waitForState(web.resource_uri, 'Running', 60_000);
      await cluster.ledger.untilActionsEnded();
      const after = new Map((await placed()).map((one) => [one.slot, one]));
      for (const name of ['web-1', 'web-2', 'web-3']) {
        expect(after.get(name)?.engineId).not.toBe(before.get(name)?.engineId);
        expect(after.get(name)?.address).toBe(before.get(name)?.address);
      }
      expect(after.get('web-1')?.node.name).not.toBe(home.name);
      const db = await slot('db-1');
      for (const name of ['web-1', 'web-2', 'web-3']) expect(await reaches(db, after.get(name)!.address)).toBe(true);
      await native.ok('POST', `/nodes/${nodeId}/uncordon`);
    },
    testMs,
  );

  it(
    'names within a second who has started to run, and at once nobody who does not',
    async () => {
      const db = await slot('db-1');
      const victim = await slot('web-2');
      expect(await lookUp(db, 'web')).toContain(victim.address);
      await client.ok('POST', `${web.resource_uri}stop/`);
      await waitFor(async () => (await countWebs()) === 0, {
        what: 'The stop',
        timeoutMs: 30_000,
        intervalMs: 10,
      });
      const stopped = Date.now();
      await waitFor(async () => (await lookUp(db, 'web')).length === 0, {
        what: 'An empty answer',
        timeoutMs: 5_000,
        intervalMs: 10,
      });
      const emptied = Date.now() - stopped;
      await client.waitForState(web.resource_uri, 'Stopped');
      await client.ok('POST', `${web.resource_uri}start/`);
      await waitFor(async () => (await countWebs()) === 3, { what: 'The start', timeoutMs: 30_000, intervalMs: 10 });
      const started = Date.now();
      await waitFor(async () => (await lookUp(db, 'web')).length === 3, {
        what: 'All of them named',
        timeoutMs: 5_000,
        intervalMs: 10,
      });
      const named = Date.now() - started;
      process.stdout.write(`names emptied after ${emptied} ms, filled after ${named} ms\n`);
      expect(Math.max(emptied, named)).toBeLessThan(1_000);
    },
    testMs,
  );

  it(
    'is neither named nor reached from another project, nor the other way round',
    async () => {
      const owner = { name: 'other-owner', password: 'a long enough password' };
      const founded = await cluster
        .native()
        .ok<{ apiKey: string; project: { id: string } }>('POST', '/organizations', { name: 'other', owner });
      const other = new CloudClient(client.url, owner.name, founded.apiKey);
      const stack = await other.ok('POST', '/api/app/v1/stack/', {
        name: 'shop',
        services: [{ name: 'web', image: resolverImage, target_num_containers: 3, autorestart: 'ALWAYS' }],
      });
      await other.ok('POST', `${stack.resource_uri}start/`);
      await other.waitForState(stack.resource_uri, 'Running', 60_000);
      const all = await placed();
      const theirs = all.filter(({ project }) => project === founded.project.id);
      const ours = all.filter(({ project }) => project !== founded.project.id);
      expect([ours.length, theirs.length]).toEqual([4, 3]);
      const named = async () => (await lookUp(theirs[0]!, 'web')).length === 3;
      await waitFor(named, { what: 'Their names', timeoutMs: 5_000, intervalMs: 50 });
      expect(await lookUp(theirs[0]!, 'web')).toEqual(theirs.map(({ address }) => address).sort());
      expect(await lookUp(theirs[0]!, 'db')).toEqual([]);
      const reached = async (from: Placed[], to: Placed[]) =>
        (await Promise.all(from.flatMap((one) => to.map(({ address }) => reaches(one, address))))).filter(Boolean)
          .length;
      expect([await reached(theirs, ours), await reached(ours, theirs)]).toEqual([0, 0]);
      expect([await reached(theirs, theirs), await reached(ours, ours)]).toEqual([9, 16]);
    },
    testMs,
  );
});
