import { createServer, connect, type Server } from 'node:net';
import { once } from 'node:events';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 60_000;

/** Writes what it is told and what it can reach with that into pages, then serves them. */
const curious = `
host=$(ip route | sed -n 's/^default via \\([^ ]*\\).*/\\1/p')
tell() { wget -q -O /www/$1 --header "Authorization: $DOCKERCLOUD_AUTH" --header "Accept: application/json" "$2"; }
tell self.json "http://$host:$API_PORT$DOCKERCLOUD_SERVICE_API_URI"
tell node.json "http://$host:$API_PORT$DOCKERCLOUD_NODE_API_URI"
tell linked.html "http://$DB_1_PORT_8080_TCP_ADDR:$DB_1_PORT_8080_TCP_PORT/"
env > /www/env
trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait`;

describe('what containers are told, on a real engine', () => {
  let cluster: Cluster;
  let client: CloudClient;
  let door: Server;
  let apiPort: number;
  let webPort: number;
  let web: CloudResource;
  let told: Record<string, string>;

  beforeAll(async () => {
    apiPort = await freePort();
    webPort = await freePort();
    cluster = await startCluster({
      apis: 1,
      workers: 1,
      gateways: 1,
      env: { PIERHEAD_PUBLIC_URL: `http://cloud.example:${apiPort}` },
    });
    client = cluster.client();
    // The API listens on loopback; containers come in at their own network's gateway.
    const inner = Number(new URL(client.url).port);
    door = createServer((socket) => {
      const api = connect(inner, '127.0.0.1');
      socket.on('error', () => api.destroy()).pipe(api);
      api.on('error', () => socket.destroy()).pipe(socket);
    }).listen(apiPort, '0.0.0.0');
    await once(door, 'listening');
  }, startMs);
  afterAll(async () => {
    await cluster.stop();
    door.close();
  }, startMs);

  const page = async (path: string) => (await fetch(`http://127.0.0.1:${webPort}/${path}`)).text();
  const as = (header: string, path: string, body?: unknown) =>
    fetch(new URL(path, client.url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: header, accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const readTold = async () => {
    const lines = await waitFor(
      async () => {
        const text = await page('env').catch(() => '');
        return text.includes('DOCKERCLOUD_SERVICE_API_URI') ? text.split('\n') : undefined;
      },
      { what: 'The variables of web-1', timeoutMs: 30_000 },
    );
    return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
  };

  it(
    'reaches the other end of a link and the API by what it is told',
    async () => {
      const stack = await client.ok('POST', '/api/app/v1/stack/', {
        name: 'told',
        services: [
          {
            name: 'web',
            image: sampleImage(),
            command: ['sh', '-c', curious],
            ports: [`${webPort}:8080`],
            links: ['db'],
            roles: ['global'],
            environment: { API_PORT: apiPort },
          },
          {
            name: 'db',
            image: sampleImage(),
            expose: ['8080'],
            target_num_containers: 2,
            environment: { DB_USER: 'shop', DB_PASS: 'hunter2' },
          },
        ],
      });
      await client.call('POST', `${stack.resource_uri}start/`);
      await client.waitForState(stack.resource_uri, 'Running');
      [web] = (await client.list('/api/app/v1/service/?name=web')) as [CloudResource];
      told = await readTold();
      expect(JSON.parse(await page('self.json'))).toMatchObject({ uuid: web.uuid, roles: ['global'] });
      expect(JSON.parse(await page('node.json'))).toMatchObject({ state: 'Deployed' });
      expect(await page('linked.html')).toContain('It runs.');
      expect(told).toMatchObject({
        DB_ENV_DB_USER: 'shop',
        DB_2_PORT_8080_TCP_PROTO: 'tcp',
        DOCKERCLOUD_STACK_NAME: 'told',
      });
      expect(told['DOCKERCLOUD_SERVICE_API_URL']).toBe(`http://cloud.example:${apiPort}${web.resource_uri}`);
      expect(JSON.stringify(told)).not.toContain('hunter2');
    },
    testMs,
  );

  it(
    'shows the same through the API, and its key nowhere',
    async () => {
      const [container] = await client.list(`/api/app/v1/container/?service=${web.resource_uri}&state=running`);
      const [db] = await client.list('/api/app/v1/service/?name=db');
      const own = (await client.list(`/api/app/v1/container/?service=${db?.resource_uri}&state=running`)).sort((a, b) =>
        String(a['name']).localeCompare(String(b['name'])),
      );
      expect(container?.['linked_to_container']).toEqual(
        own.map((one) => ({
          endpoints: { '8080/tcp': `tcp://${String(one['private_ip'])}:8080` },
          from_container: container?.resource_uri,
          name: String(one['name']).replace('-', '_'),
          to_container: one.resource_uri,
        })),
      );
      expect(own[0]?.['link_variables']).toMatchObject({ DB_1_PORT: `tcp://${String(own[0]?.['private_ip'])}:8080` });
      expect(db?.['link_variables']).toMatchObject({
        DB_2_PORT_8080_TCP_ADDR: own[1]?.['private_ip'],
        DB_ENV_DB_USER: 'shop',
      });
      expect(db?.['linked_from_service']).toEqual([
        { from_service: web.resource_uri, name: 'db', to_service: db?.resource_uri },
      ]);
      const variables = container?.['container_envvars'] as { key: string; value: string }[];
      const shown = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
      expect(shown['DB_1_PORT_8080_TCP']).toBe(told['DB_1_PORT_8080_TCP']);
      expect(shown['DOCKERCLOUD_CONTAINER_FQDN']).toBe(container?.['public_dns']);
      const secret = Buffer.from(told['DOCKERCLOUD_AUTH']?.slice('Basic '.length) ?? '', 'base64')
        .toString()
        .split(':')[1];
      expect(secret).toMatch(/^ph_/);
      for (const path of [
        container?.resource_uri,
        web.resource_uri,
        '/api/app/v1/container/',
        '/api/audit/v1/action/?limit=100',
      ])
        expect(JSON.stringify(await client.get(path ?? ''))).not.toContain(secret);
      const native = await as(client.authorization, `/api/v1/containers/${container?.uuid}`);
      expect(native.status).toBe(200);
      expect(await native.text()).not.toContain(secret);
    },
    testMs,
  );

  it(
    'has a key for its own project and no further, that ends with the deployment',
    async () => {
      const key = told['DOCKERCLOUD_AUTH'] ?? '';
      const { organization, namespace } = cluster.credentials;
      expect(await (await as(key, '/auth')).json()).toMatchObject({ user: 'service/web', namespace });
      expect((await as(key, '/api/app/v1/service/')).status).toBe(200);
      expect((await as(key, '/api/app/v1/elsewhere/service/')).status).toBe(404);
      expect((await as(key, `/api/v1/organizations/${organization}/members`)).status).toBe(403);
      expect((await as(key, '/api/v1/nodes')).status).toBe(200);
      expect((await as(key, '/api/v1/users')).status).toBe(403);
      const more = await as(key, `/api/v1/organizations/${organization}/api-keys`, {
        name: 'more',
        project: namespace,
      });
      expect(more.status).toBe(403);
      expect((await as(`Basic ${Buffer.from(`web:${key}`).toString('base64')}`, '/auth')).status).toBe(401);

      await client.call('POST', `${web.resource_uri}redeploy/`);
      await client.waitForState(web.resource_uri, 'Running');
      const gone = () => as(key, '/auth').then(({ status }) => (status === 401 ? true : undefined));
      await waitFor(gone, { what: 'The end of the former key', timeoutMs: 20_000 });
      const next = (await readTold())['DOCKERCLOUD_AUTH'] ?? '';
      expect((await as(next, '/auth')).status).toBe(200);
      await client.call('DELETE', web.resource_uri);
      await client.waitForState(web.resource_uri, 'Terminated');
      expect((await as(next, '/auth')).status).toBe(401);
    },
    testMs,
  );
});
