import { waitFor } from '#libs/launch/process/wait.js';
import { CloudClient, type CloudResource } from '#libs/testing/cluster/cloud-client.js';
import { CloudSocket } from '#libs/testing/cluster/cloud-socket.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { NativeClient } from '#libs/testing/cluster/native-client.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 60_000;

interface Founded {
  organization: { id: string; name: string };
  project: { id: string; namespace: string };
  apiKey: string;
}

class Tenant {
  readonly native: NativeClient;
  service!: CloudResource;
  stack!: CloudResource;

  constructor(
    private readonly cluster: Cluster,
    readonly founded: Founded,
    private readonly user: string,
  ) {
    this.native = new NativeClient(this.cloud().url, founded.apiKey);
  }

  cloud(index = 0, apiKey = this.founded.apiKey): CloudClient {
    return new CloudClient(this.cluster.apiUrls[index] ?? '', this.user, apiKey);
  }
}

describe('two organizations on one platform', () => {
  let cluster: Cluster;
  let red: Tenant;
  let blue: Tenant;

  const found = async (name: string): Promise<Tenant> => {
    const owner = { name: `${name}-owner`, password: 'a long enough password' };
    return new Tenant(
      cluster,
      await cluster.native().ok<Founded>('POST', '/organizations', { name, owner }),
      owner.name,
    );
  };
  const joinAsNodeOf = async (tenant: Tenant) => {
    const { token } = await tenant.native.ok<{ token: string }>('POST', '/join-tokens', { pool: 'organization' });
    await cluster.addAgent({}, token);
  };
  const deploy = async (tenant: Tenant) => {
    tenant.stack = await tenant.cloud().ok('POST', '/api/app/v1/stack/', {
      name: 'shop',
      services: [{ name: 'web', image: sampleImage(), autorestart: 'ALWAYS' }],
    });
    await tenant.cloud(1).ok('POST', `${tenant.stack.resource_uri}start/`);
    await tenant.cloud().waitForState(tenant.stack.resource_uri, 'Running');
    const [service] = await tenant.cloud().list('/api/app/v1/service/?name=web');
    tenant.service = service as CloudResource;
  };
  const containerOf = async (tenant: Tenant): Promise<CloudResource> =>
    (await tenant.cloud().list('/api/app/v1/container/?state=Running'))[0] as CloudResource;

  beforeAll(async () => {
    cluster = await startCluster({ agents: 0 });
    [red, blue] = [await found('red'), await found('blue')];
    await joinAsNodeOf(red);
  }, startMs);
  afterAll(() => cluster.stop(), startMs);

  it(
    'a node of the one takes nothing of the other, which is told why',
    async () => {
      await deploy(red);
      const made = await blue.cloud().ok('POST', '/api/app/v1/service/', { name: 'homeless', image: sampleImage() });
      const started = await blue.cloud().call('POST', `${made.resource_uri}start/`);
      await blue.cloud().waitForState(started.headers.get('x-dockercloud-action-uri') ?? '', 'Failed', 15_000);
      expect((await blue.native.ok<{ items: unknown[] }>('GET', '/nodes')).items).toEqual([]);
      const owners = (await cluster.engine.containers()).map((one) => one.labels['io.pierhead.organization']);
      expect(new Set(owners)).toEqual(new Set([red.founded.organization.id]));
      await blue.cloud().ok('DELETE', made.resource_uri);
      await blue.cloud().waitForState(made.resource_uri, 'Terminated');
    },
    testMs,
  );

  it(
    'each sees its own things only, though they have the same names',
    async () => {
      await joinAsNodeOf(blue);
      await deploy(blue);
      for (const [tenant, other] of [
        [red, blue],
        [blue, red],
      ] as const) {
        for (const kind of ['stack', 'service', 'container']) {
          const own = await tenant.cloud().list(`/api/app/v1/${kind}/?limit=100`);
          const uris = own.map(({ resource_uri }) => resource_uri);
          expect(uris.length).toBeGreaterThan(0);
          expect(uris.every((uri) => uri.includes(`/${tenant.founded.project.namespace}/`))).toBe(true);
        }
        const { items } = await tenant.native.ok<{ items: { organizationId: string }[] }>('GET', '/nodes');
        expect(items.map((node) => node.organizationId)).toEqual([tenant.founded.organization.id]);
        const { objects } = await tenant.cloud().ok<{ objects: { object: string }[] }>('GET', '/api/audit/v1/action/');
        expect(objects.some(({ object }) => object?.includes(other.service.uuid))).toBe(false);
        expect((await tenant.native.call('GET', `/organizations/${other.founded.organization.id}`)).status).toBe(404);
        expect((await tenant.native.call('GET', `/projects/${other.founded.project.id}`)).status).toBe(404);
      }
    },
    testMs,
  );

  it(
    'what is the other’s is absent: by id, by namespace, in every verb, as a stream',
    async () => {
      const theirs = await containerOf(red);
      const bare = (uri: string) => uri.replace(`/${red.founded.project.namespace}/`, '/');
      for (const uri of [theirs.resource_uri, red.service.resource_uri, red.stack.resource_uri].flatMap((one) => [
        one,
        bare(one),
      ])) {
        for (const [method, verb] of [
          ['GET', ''],
          ['DELETE', ''],
          ['POST', 'stop/'],
          ['POST', 'redeploy/'],
        ] as const) {
          expect([method, uri, verb, (await blue.cloud().call(method, `${uri}${verb}`)).status]).toEqual([
            method,
            uri,
            verb,
            404,
          ]);
        }
      }
      for (const index of [0, 1]) {
        for (const path of ['logs/', 'exec/?command=id']) {
          expect(await CloudSocket.refusal(blue.cloud(index), `${bare(theirs.resource_uri)}${path}`)).toBe(404);
        }
        const events = `/api/audit/v1/${red.founded.project.namespace}/events/`;
        expect(await CloudSocket.refusal(blue.cloud(index), events)).toBe(404);
      }
      expect((await red.cloud().get(theirs.resource_uri)).state).toBe('Running');
    },
    testMs,
  );

  it(
    'events of the one are not heard by the other',
    async () => {
      const heard = await CloudSocket.open(blue.cloud(1), '/api/audit/v1/events/');
      const own = await CloudSocket.open(red.cloud(1), '/api/audit/v1/events/');
      const { resource_uri } = await red.cloud().ok('POST', `${red.service.resource_uri}redeploy/`);
      await own.until((frame) => frame['type'] === 'service' && frame['state'] === 'Running', 20_000);
      await blue.cloud().ok('POST', `${blue.service.resource_uri}redeploy/`);
      await heard.until((frame) => frame['type'] === 'service' && frame['state'] === 'Running', 20_000);
      const id = resource_uri.split('/').at(-2) ?? '';
      expect(JSON.stringify(heard.frames)).not.toContain(id);
      expect(JSON.stringify(heard.frames)).toContain(blue.service.uuid);
      own.close();
      heard.close();
    },
    testMs,
  );

  it('a revoked key works nowhere, open streams included', async () => {
    const path = `/organizations/${red.founded.organization.id}/api-keys`;
    const key = await red.native.ok<{ id: string; secret: string }>('POST', path, { name: 'short-lived' });
    const clients = [0, 1].map((index) => red.cloud(index, key.secret));
    for (const client of clients) await client.get(red.service.resource_uri);
    const stream = await CloudSocket.open(clients[1] as CloudClient, '/api/audit/v1/events/');
    await red.native.ok('DELETE', `${path}/${key.id}`);
    await waitFor(
      async () => {
        const answers = await Promise.all(clients.map((client) => client.call('GET', red.service.resource_uri)));
        return answers.every(({ status }) => status === 401);
      },
      { what: 'The revocation on both apis', timeoutMs: 1_000, intervalMs: 10 },
    );
    for (const client of clients) expect(await CloudSocket.refusal(client, '/api/audit/v1/events/')).toBe(401);
    stream.close();
  });
});
