import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient, CloudResource } from '#libs/testing/cluster/cloud-client.js';
import { CloudSocket, type SocketFrame } from '#libs/testing/cluster/cloud-socket.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { Lab } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { ensureResolverImage, resolverImage } from '#libs/testing/lab/resolver.image.js';

const startMs = 180_000;
const testMs = 60_000;
const webPort = 8088;

/** As a stack file's services arrive, which clients send as they stand. */
const stackFile = {
  web: {
    image: resolverImage,
    ports: [`${webPort}:8080`],
    links: ['db:store'],
    restart: 'always',
    sequential_deployment: true,
    deployment_strategy: 'high_availability',
    target_num_containers: 3,
    tags: ['racks'],
  },
  db: {
    image: resolverImage,
    expose: ['8080'],
    environment: ['DB_USER=shop', 'DB_PASS=hunter2'],
    volumes: ['kept:/kept'],
    restart: 'always',
    tags: ['disks'],
  },
  backup: { image: resolverImage, volumes_from: ['db'], restart: 'always' },
  worker: { image: resolverImage, links: ['web'], restart: 'always' },
};

/** Compiled processes over three machines. Nothing but the API is asked, except for what is left on the engines. */
describe('a stack file over three nodes, through the Docker Cloud API only', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let events: CloudSocket;
  let stack: CloudResource;
  /** The node with that tag. */
  let disks: string;
  const began = Date.now();

  beforeAll(async () => {
    lab = await Lab.start({ nodes: 3 });
    await Promise.all(lab.nodes.map(ensureResolverImage));
    cluster = await lab.platform({ agents: 0 });
    client = cluster.client();
    // Hosts that the organization brings: those of the shared pool are not its own to tag.
    const [brought, ...others] = lab.nodes;
    for (const node of others) {
      const wish = { pool: 'organization' };
      const { token } = await cluster.native().ok<{ token: string }>('POST', '/join-tokens', wish);
      await lab.addAgent(node, {}, token);
    }
    await bring(brought!);
  }, startMs);
  afterAll(async () => {
    events?.close();
    process.stdout.write(`everything, the lab's start included, took ${Date.now() - began} ms\n`);
    await lab.stop();
  }, startMs);

  /** Makes a machine a node with the command that the API gives, and nothing else but where its engine is. */
  const bring = async (node: LabNode) => {
    const given = await client.ok('POST', '/api/infra/v1/token/');
    const folder = node.state.file('brought');
    const settings = {
      PIERHEAD_AGENT_FOLDER: join(folder, 'agent'),
      PIERHEAD_AGENT_STATE: join(folder, 'state'),
      PIERHEAD_ENGINE: `unix://${node.engineSocket}`,
      PIERHEAD_NODE_NAME: 'brought',
      PIERHEAD_NODE_ADDRESS: node.address,
      PIERHEAD_OVERLAY: 'on',
    };
    const command = String(given['command']).replace('sudo ', '');
    expect(command).toMatch(/^curl -fsSL http\S+\/agent\/install\.sh \| sh -s -- pierhead-join\.\S+$/);
    const env = { PATH: process.env.PATH, ...settings };
    const { stderr } = await node.run('sh', ['-c', command], { env, timeoutMs: 60_000 });
    expect(stderr).toContain('is a node of');
    const identity = readFileSync(join(settings.PIERHEAD_AGENT_STATE, 'identity.json'), 'utf8');
    cluster.otherNodeIds.push((JSON.parse(identity) as { nodeId: string }).nodeId);
    // What let it in is good for nothing more, and is not kept.
    expect(existsSync(join(settings.PIERHEAD_AGENT_STATE, 'join-token'))).toBe(false);
  };

  const service = async (name: string): Promise<CloudResource> => {
    const [found] = await client.list(`/api/app/v1/service/?name=${name}&stack__name=shop`);
    if (!found) throw new Error(`There is no service ${name}.`);
    return client.get(found.resource_uri);
  };
  const containers = (name: string) =>
    client.list(`/api/app/v1/container/?service__name=${name}&service__stack__name=shop&state=Running`);
  const first = async (name: string): Promise<CloudResource> => {
    const [found] = await containers(name);
    if (!found) throw new Error(`Nothing of ${name} runs.`);
    return client.get(found.resource_uri);
  };
  const nodesOf = async (name: string) => (await containers(name)).map((one) => one['node'] as string).sort();
  /** What a command in a container writes, when it ends with 0. */
  const exec = async (container: CloudResource, command: string): Promise<string> => {
    const query = new URLSearchParams({ command, tty: 'false' });
    const socket = await CloudSocket.open(client, `${container.resource_uri}exec/?${query}`);
    const end = await socket.until((frame) => 'exit_code' in frame || frame['type'] === 'error');
    socket.close();
    if (end['exit_code'] !== 0) throw new Error(`${command} ended with ${JSON.stringify(socket.frames)}`);
    return socket.output();
  };
  const variables = async (container: CloudResource): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await exec(container, 'env'))
        .split('\n')
        .map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
    ) as Record<string, string>;
  const actionEnded = async (uri: string) => {
    const action = await client.waitForState(uri, 'Success', 40_000);
    return action['action'];
  };
  /** Asks for work and waits for the action that the answer names. */
  const done = async (method: string, path: string, body?: unknown) => {
    const answer = await client.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    await actionEnded(answer.headers.get('x-dockercloud-action-uri') ?? '');
    return answer;
  };
  const since = (mark: number, type: string): SocketFrame[] =>
    events.frames.slice(mark).filter((frame) => frame['type'] === type);
  const seen = (uri: string, state: string, mark = 0) =>
    events.until(
      (frame) => frame['resource_uri'] === uri && frame['state'] === state && events.frames.indexOf(frame) >= mark,
    );

  it(
    'has nodes that are put into a cluster and tagged',
    async () => {
      events = await CloudSocket.open(client, '/api/audit/v1/events/');
      await events.until((frame) => frame['type'] === 'auth');
      const racks = await client.ok('POST', '/api/infra/v1/nodecluster/', { name: 'racks' });
      let nodes: CloudResource[] = [];
      const all = async () => (nodes = await client.list('/api/infra/v1/node/?state=Deployed')).length === 3;
      await waitFor(all, { what: 'three nodes that are deployed', timeoutMs: 10_000 });
      for (const node of nodes) await client.ok('PATCH', node.resource_uri, { node_cluster: racks.resource_uri });
      disks = nodes[1]!.resource_uri;
      await client.ok('PATCH', disks, { tags: [{ name: 'disks' }] });
      expect(await client.get(racks.resource_uri)).toMatchObject({ state: 'Deployed', current_num_nodes: 3 });
      const tags = await client.list('/api/infra/v1/tag/');
      expect(tags).toEqual(
        expect.arrayContaining([
          { name: 'disks', origin: 'user' },
          { name: 'racks', origin: 'tutum' },
        ]),
      );
    },
    testMs,
  );

  it(
    'deploys over all of them: by tags, beside its volumes, one port on each node',
    async () => {
      const services = Object.entries(stackFile).map(([name, keys]) => ({ name, ...keys }));
      stack = await client.ok('POST', '/api/app/v1/stack/', { name: 'shop', services });
      expect(stack.state).toBe('Not Running');
      await done('POST', `${stack.resource_uri}start/`);
      await client.waitForState(stack.resource_uri, 'Running');
      expect(await nodesOf('db')).toEqual([disks]);
      expect(await nodesOf('backup')).toEqual([disks]);
      expect(new Set(await nodesOf('web')).size).toBe(3);
      for (const node of lab.nodes) {
        const page = await fetch(`http://${node.address}:${webPort}/`, { signal: AbortSignal.timeout(5_000) });
        expect(await page.text()).toContain('It runs.');
      }
    },
    testMs,
  );

  it(
    'starts the containers of a sequential service one after another, as the event stream tells',
    async () => {
      await seen(stack.resource_uri, 'Running');
      const web = await service('web');
      const ofWeb = since(0, 'container').filter((frame) => (frame['parents'] as string[]).includes(web.resource_uri));
      const order = (await containers('web')).map(({ resource_uri, name }) => ({
        uri: resource_uri,
        name: String(name),
      }));
      order.sort((a, b) => (a.name < b.name ? -1 : 1));
      const at = (uri: string, states: string[]) =>
        ofWeb.findIndex((frame) => frame['resource_uri'] === uri && states.includes(String(frame['state'])));
      order.slice(1).forEach(({ uri }, i) => {
        const before = at(order[i]!.uri, ['Running']);
        const running = at(uri, ['Running']);
        expect(before).toBeGreaterThanOrEqual(0);
        expect(running).toBeGreaterThan(before);
      });
      // The last word about each says where it is.
      const last = ofWeb.filter((frame) => frame['state'] === 'Running').at(-1);
      const [node] = (last?.['parents'] as string[]).filter((uri) => uri.includes('/node/'));
      expect(last?.['parents']).toEqual(
        expect.arrayContaining([web.resource_uri, stack.resource_uri, node, expect.stringContaining('/nodecluster/')]),
      );
    },
    testMs,
  );

  it(
    'tells containers of each other by name and by variables, and secrets to nobody',
    async () => {
      const [web, db, worker] = [await first('web'), await first('db'), await first('worker')];
      const lookUp = async (from: CloudResource, name: string) =>
        [
          ...new Set(
            (await exec(from, `getent ahostsv4 ${name}`)).split('\n').flatMap((line) => line.split(' ')[0] || []),
          ),
        ].sort();
      for (const name of ['db', 'store', 'db-1', 'db.shop'])
        expect(await lookUp(web, name)).toEqual([db['private_ip']]);
      const webs = (await containers('web')).map((one) => String(one['private_ip'])).sort();
      expect(await lookUp(worker, 'web')).toEqual(webs);
      const told = await variables(web);
      expect(told).toMatchObject({
        STORE_1_PORT: `tcp://${String(db['private_ip'])}:8080`,
        STORE_ENV_DB_USER: 'shop',
        DOCKERCLOUD_STACK_NAME: 'shop',
        DOCKERCLOUD_CONTAINER_API_URI: web.resource_uri,
      });
      expect(JSON.stringify(told)).not.toContain('hunter2');
      // The other end of the link is reached with what the variables say.
      expect(
        await exec(web, `sh -c 'wget -q -O - http://$STORE_1_PORT_8080_TCP_ADDR:$STORE_1_PORT_8080_TCP_PORT/'`),
      ).toContain('It runs.');
    },
    testMs,
  );

  it(
    'is scaled by its definition and by a trigger that knows nothing but its address',
    async () => {
      const worker = await service('worker');
      await done('PATCH', worker.resource_uri, { target_num_containers: 3 });
      expect(new Set(await nodesOf('worker')).size).toBeGreaterThan(1);
      const trigger = await client.ok('POST', `${worker.resource_uri}trigger/`, { name: 'more', operation: 'SCALEUP' });
      const called = await fetch(new URL(String(trigger['url']), client.url), { method: 'POST' });
      expect(called.status).toBe(202);
      await actionEnded(called.headers.get('x-dockercloud-action-uri') ?? '');
      expect(await client.get(worker.resource_uri)).toMatchObject({ state: 'Running', running_num_containers: 4 });
      await done('PATCH', worker.resource_uri, { target_num_containers: 1 });
      expect(await containers('worker')).toHaveLength(1);
    },
    testMs,
  );

  it(
    'is redeployed by a trigger, one container at a time, with what the caller said',
    async () => {
      const web = await service('web');
      const before = (await containers('web')).map(({ resource_uri }) => resource_uri).sort();
      const mark = events.frames.length;
      const trigger = await client.ok('POST', `${web.resource_uri}trigger/`, { name: 'push', operation: 'REDEPLOY' });
      const called = await fetch(new URL(String(trigger['url']), client.url), { method: 'POST', body: 'version=2' });
      expect(called.status).toBe(202);
      await actionEnded(called.headers.get('x-dockercloud-action-uri') ?? '');
      const after = (await containers('web')).map(({ resource_uri }) => resource_uri).sort();
      expect(after).toHaveLength(3);
      expect(after.filter((uri) => before.includes(uri))).toEqual([]);
      await seen(web.resource_uri, 'Running', mark);
      const running = new Set(before);
      let fewest = running.size;
      for (const frame of since(mark, 'container')) {
        const uri = String(frame['resource_uri']);
        if (![...before, ...after].includes(uri)) continue;
        if (frame['state'] === 'Running') running.add(uri);
        else running.delete(uri);
        fewest = Math.min(fewest, running.size);
      }
      expect(fewest).toBe(2);
      expect(await variables(await first('web'))).toMatchObject({ DOCKERCLOUD_TRIGGER_BODY: 'version=2' });
    },
    testMs,
  );

  it(
    'is redeployed as a whole and keeps its data and where that is',
    async () => {
      const where = await nodesOf('db');
      await exec(await first('db'), `sh -c 'echo precious > /kept/note'`);
      expect(await exec(await first('backup'), 'cat /kept/note')).toBe('precious\n');
      const before = (await containers('db'))[0]?.uuid;
      await done('POST', `${stack.resource_uri}redeploy/`);
      await client.waitForState(stack.resource_uri, 'Running');
      expect((await containers('db'))[0]?.uuid).not.toBe(before);
      expect(await exec(await first('backup'), 'cat /kept/note')).toBe('precious\n');
      expect([await nodesOf('db'), await nodesOf('backup')]).toEqual([where, where]);
      expect((await client.list('/api/audit/v1/action/?limit=100')).filter(({ state }) => state !== 'Success')).toEqual(
        [],
      );
    },
    testMs,
  );

  it(
    'is removed with all that it ran, and the event stream has told of every end',
    async () => {
      const ran = await client.list(`/api/app/v1/container/?service__stack__name=shop&limit=100`);
      const living = ran.filter(({ state }) => state !== 'Terminated');
      expect(living.length).toBe(6);
      await done('DELETE', stack.resource_uri);
      await client.waitForState(stack.resource_uri, 'Terminated');
      for (const { resource_uri } of ran) await seen(resource_uri, 'Terminated');
      await seen(stack.resource_uri, 'Terminated');
      expect(await client.list('/api/app/v1/service/?name=web')).toEqual([]);
      for (const node of lab.nodes) {
        await waitFor(async () => (await lab.engine(node).containers()).length === 0, {
          what: `${node.name} holding nothing`,
          timeoutMs: 10_000,
        });
      }
      expect(await cluster.ledger.quotaDrift()).toEqual([]);
    },
    testMs,
  );
});
