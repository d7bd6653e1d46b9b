import { edgePackages, ensurePackages } from '#libs/launch/debian/packages.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { Lab } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { Load, type LoadOptions } from '#libs/testing/load/load.js';

const startMs = 240_000;
const testMs = 120_000;
const host = 'shop.apps.test';
const replicas = 3;
const image = 'localhost/pierhead/sample:latest';
/** Requests before and after each change. */
const between = 200;

interface Route {
  id: string;
  state: string;
  problems: string[];
  targets: { ready: number; leaving: number }[];
}

/** Three machines with one container each; the first two are edges, so most requests cross the overlay. */
describe('a route through two edges', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let native: NativeClient;
  let authority: FakeCertificateAuthority;
  let service: CloudResource;
  let route: Route;
  let load: Load[] = [];
  let requests = 0;
  let failed = 0;
  let edges: LabNode[] = [];

  const definition = () => ({
    kind: 'http',
    host,
    targets: [{ serviceId: service.uuid, port: 8080 }],
    healthCheck: { kind: 'tcp', intervalMs: 500, rise: 1, fall: 2 },
    drainMs: 3_000,
  });

  beforeAll(async () => {
    await ensurePackages(edgePackages, () => undefined);
    authority = await FakeCertificateAuthority.create();
    lab = await Lab.start({ nodes: 3 });
    edges = lab.nodes.slice(0, 2);
    cluster = await lab.platform({
      ...{ apis: 2, workers: 2, gateways: 2 },
      // An agent that takes long to come back is to be an agent that was away, not a node that was lost.
      env: { PIERHEAD_DEFAULT_DOMAIN: 'apps.test', PIERHEAD_NODE_LOST_MS: '30000' },
      agentEnv: (node): Record<string, string> => (edges.includes(node) ? { PIERHEAD_NODE_ROLES: 'edge' } : {}),
    });
    [client, native] = [cluster.client(), cluster.native(1)];
    // Of the platform's own kind: what Docker Cloud calls a redeploy ends all containers first.
    const made = await native.ok<{ service: { id: string } }>('POST', '/services', {
      name: 'shop',
      replicas,
      restart: { condition: 'always' },
      rollout: { monitorMs: 500 },
      template: { image },
    });
    service = await client.get(`/api/app/v1/service/${made.service.id}/`);
    await client.ok('POST', `${service.resource_uri}start/`);
    await client.waitForState(service.resource_uri, 'Running');
  }, startMs);
  afterAll(async () => {
    await Promise.all(load.map((each) => each.stop()));
    await lab.stop();
    process.stdout.write(`route: ${failed} of ${requests} requests failed\n`);
  }, startMs);

  const shown = () => native.ok<Route>('GET', `/routes/${route.id}`);
  const untilReady = (count: number) =>
    waitFor(
      async () => {
        const { state, targets } = await shown();
        return state === 'active' && targets[0]?.ready === count && targets[0].leaving === 0;
      },
      { what: `A route with ${count} containers`, timeoutMs: 60_000, intervalMs: 50 },
    );
  const settled = async (count: number) => {
    await client.waitForState(service.resource_uri, 'Running', 60_000);
    await cluster.ledger.untilActionsEnded();
    await untilReady(count);
  };
  const on = async (node: LabNode) =>
    (await lab.engine(node).containers()).filter(({ state }) => state === 'running').map(({ id }) => id);
  const nodeId = (number: number) => cluster.nodeIds()[number - 1] ?? '';
  const running = async () => (await Promise.all(lab.nodes.map(on))).flat();
  /** How one request is answered by each edge: "ok", or what went wrong. */
  const firstOf = (ca?: string) =>
    Promise.all(
      edges.map(async ({ address }) => {
        const probe = new Load({ host, address, port: ca ? 443 : 80, kept: 1, single: 0, ...(ca && { ca }) });
        await probe.more(1);
        await probe.stop();
        return probe.failures[0] ?? 'ok';
      }),
    );
  /** On both edges at once, with connections that are kept and others that are not. */
  const under = async (act: () => Promise<unknown>, given: Partial<LoadOptions> = {}) => {
    load = edges.map(
      ({ address }) => new Load({ host, address, port: given.ca ? 443 : 80, kept: 2, single: 1, pauseMs: 2, ...given }),
    );
    await Promise.all(load.map((each) => each.more(between)));
    await act();
    await Promise.all(load.map((each) => each.more(between)));
    await Promise.all(load.map((each) => each.stop()));
    requests += load.reduce((sum, { total }) => sum + total, 0);
    failed += load.reduce((sum, { failures }) => sum + failures.length, 0);
    expect(load.map(({ failures, total }) => [failures.slice(0, 5), `${failures.length} of ${total}`])).toEqual(
      load.map(({ total }) => [[], `0 of ${total}`]),
    );
  };

  it(
    'leads to the containers, from the moment that it is said to be active',
    async () => {
      route = await native.ok<Route>('POST', '/routes', definition());
      await untilReady(replicas);
      expect(await Promise.all(lab.nodes.map(async (node) => (await on(node)).length))).toEqual([1, 1, 1]);
      await waitFor(async () => (await firstOf()).every((answer) => answer === 'ok'), {
        what: 'An answer through both edges',
        timeoutMs: 10_000,
      });
    },
    testMs,
  );

  it(
    'drops nothing in a rolling redeploy',
    async () => {
      const before = await running();
      await under(async () => {
        await client.ok('POST', `${service.resource_uri}redeploy/`);
        await settled(replicas);
      });
      expect((await running()).filter((id) => before.includes(id))).toEqual([]);
    },
    testMs,
  );

  it(
    'drops nothing while the service grows and shrinks',
    async () => {
      await under(async () => {
        await client.ok('PATCH', service.resource_uri, { target_num_containers: 7 });
        await settled(7);
        await client.ok('PATCH', service.resource_uri, { target_num_containers: replicas });
        await settled(replicas);
      });
    },
    testMs,
  );

  it(
    'drops nothing when a container is killed',
    async () => {
      // What was partly sent when it died can't be taken back: few requests at a time make that unlikely.
      await under(
        async () => {
          const held = await Promise.all(lab.nodes.map(async (node) => ({ node, ids: await on(node) })));
          const { node, ids } = held.reverse().find(({ ids }) => ids.length > 0)!;
          await lab.engine(node).crash(ids[0]!);
          await Promise.all(load.map((each) => each.more(between)));
          await settled(replicas);
        },
        { kept: 1, single: 1, pauseMs: 5 },
      );
    },
    testMs,
  );

  it(
    'drops nothing while a node is drained, one that is an edge too',
    async () => {
      await under(async () => {
        for (const number of [3, 1]) {
          await native.ok('POST', `/nodes/${nodeId(number)}/drain`);
          await waitFor(async () => (await on(lab.node(number))).length === 0, {
            what: 'An empty node',
            timeoutMs: 60_000,
          });
          await settled(replicas);
          await native.ok('POST', `/nodes/${nodeId(number)}/uncordon`);
        }
      });
    },
    testMs,
  );

  it(
    'drops nothing while the agents of its edges are killed and come back, and changes go on after',
    async () => {
      await under(async () => {
        for (const agent of cluster.agents.slice(0, edges.length)) {
          await cluster.kill(agent);
          await Promise.all(load.map((each) => each.more(between)));
          await agent.start();
        }
        await client.ok('POST', `${service.resource_uri}redeploy/`);
        await settled(replicas);
      });
    },
    testMs,
  );

  it(
    'drops nothing while its certificate changes',
    async () => {
      const pair = async () => {
        const { certificatePem, privateKeyPem } = await authority.issueNamed(host, [host]);
        return { chain: certificatePem, key: privateKeyPem };
      };
      const certificate = await native.ok<{ id: string }>('POST', '/certificates', await pair());
      const ca = authority.caPem;
      await waitFor(async () => (await firstOf(ca)).every((answer) => answer === 'ok'), {
        what: 'TLS on both edges',
        timeoutMs: 20_000,
      });
      await under(
        async () => {
          for (let i = 0; i < 3; i++) {
            await native.ok('PUT', `/certificates/${certificate.id}`, await pair());
            await Promise.all(load.map((each) => each.more(between)));
          }
        },
        { ca },
      );
    },
    testMs,
  );

  it(
    'ends with its definition: then nothing leads there',
    async () => {
      await native.ok('DELETE', `/routes/${route.id}`);
      await waitFor(async () => (await firstOf()).every((answer) => answer.startsWith('404')), {
        what: 'A 404 of both edges',
        timeoutMs: 20_000,
      });
    },
    testMs,
  );
});
