import type { PassThrough } from 'node:stream';
import { WebSocket, type ClientOptions } from 'ws';
import { DomainError } from '#libs/domain/error.js';
import { execProtocol } from '#libs/dialects/docker-cloud/stream/exec.stream.js';
import { DockerCloudStreams } from '#libs/dialects/docker-cloud/stream/docker-cloud.streams.js';
import { basic, Cloud, type Tenant } from './support/cloud.js';

type Frame = Record<string, unknown>;

/** A client that keeps what it is sent and lets a test wait for it. */
class Client {
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly waiting = new Set<() => void>();

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame);
      for (const look of this.waiting) look();
    });
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  async until(wanted: (frames: Frame[]) => boolean): Promise<Frame[]> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!wanted(this.frames)) return;
        clearTimeout(late);
        this.waiting.delete(look);
        resolve();
      };
      const late = setTimeout(() => reject(new Error(`It never came; so far ${JSON.stringify(this.frames)}`)), 5_000);
      this.waiting.add(look);
      look();
    });
    return this.frames;
  }
}

const outputOf = (frames: Frame[], channel = 'stdout') =>
  frames
    .filter((frame) => frame['streamType'] === channel)
    .map((frame) => frame['output'])
    .join('');

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It never came.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('the streams of the Docker Cloud API', () => {
  let cloud: Cloud;
  let tenant: Tenant;
  let other: Tenant;
  let serviceUri: string;
  let containerUri: string;
  let clusterUri: string;

  beforeAll(async () => {
    cloud = await Cloud.open();
    tenant = await cloud.tenant('streams');
    other = await cloud.tenant('outside');
    const node = await cloud.plane.node({ organizationId: tenant.organizationId });
    const cluster = await cloud.call(tenant, 'POST', '/api/infra/v1/nodecluster/', { name: 'racks' });
    clusterUri = cluster.body['resource_uri'] as string;
    await cloud.call(tenant, 'PATCH', `/api/infra/v1/node/${node.id}/`, { node_cluster: clusterUri });
    const made = await cloud.call(tenant, 'POST', '/api/app/v1/service/', {
      image: 'nginx',
      name: 'web',
      target_num_containers: 2,
    });
    serviceUri = made.body['resource_uri'] as string;
    await cloud.call(tenant, 'POST', `${serviceUri}start/`);
    await cloud.plane.settle();
    const { objects } = (await cloud.call(tenant, 'GET', '/api/app/v1/container/')).body as { objects: Frame[] };
    containerUri = objects[0]?.['resource_uri'] as string;
  });
  afterAll(() => cloud.close());

  const socketTo = (path: string, as: Tenant | null, protocols: string[] = [], options: ClientOptions = {}) =>
    new WebSocket(`${cloud.url.replace('http', 'ws')}${path}`, protocols, {
      ...options,
      headers: as ? { authorization: basic(as) } : {},
    });

  const connect = async (path: string, protocols: string[] = []): Promise<Client> => {
    const socket = socketTo(path, tenant, protocols);
    const client = new Client(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return client;
  };

  const refused = (path: string, as: Tenant | null): Promise<{ status: number; body: Frame }> =>
    new Promise((resolve, reject) => {
      const socket = socketTo(path, as);
      socket.once('error', reject);
      socket.once('open', () => reject(new Error('It was let in.')));
      socket.once('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (data: Buffer) => (text += data.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Frame }));
      });
    });

  it('refuse before the handshake, with the statuses of the API', async () => {
    expect((await refused(`${containerUri}logs/`, null)).status).toBe(401);
    expect((await refused('/api/audit/v1/events', { ...tenant, apiKey: 'wrong' })).status).toBe(401);
    const foreign = await refused(containerUri.replace('/streams/', '/') + 'logs/', other);
    const absent = await refused('/api/app/v1/container/7fe7ec85-58be-4904-81da-de2219098d7c/logs/', other);
    expect(foreign).toEqual({ status: 404, body: { error: expect.any(String) } });
    expect(foreign).toEqual(absent);
    expect((await refused(`${containerUri}logs/`, other)).status).toBe(404);
    expect((await refused(`${containerUri}exec/`, other)).status).toBe(404);
    expect((await refused('/api/audit/v1/streams/events', other)).status).toBe(404);
    expect((await refused('/api/app/v1/nothing/', tenant)).status).toBe(404);
    expect((await refused(`${containerUri}logs/?tail=x`, tenant)).status).toBe(400);
    const reader = { ...tenant, apiKey: (await cloud.key(tenant, { access: 'read' })).secret };
    expect((await refused(`${containerUri}exec/`, reader)).status).toBe(403);
  });

  it('give a container’s log line by line, with its times', async () => {
    const client = await connect(`${containerUri}logs/?follow=false&tail=7`);
    expect((await client.closed).code).toBe(1000);
    const line = (log: string, streamType: string, second: number) => ({
      type: 'log',
      log,
      streamType,
      timestamp: 1795215961 + second,
    });
    expect(client.frames).toEqual(
      expect.arrayContaining([line('one\n', 'stdout', 0), line('two\n', 'stdout', 1), line('wrong\n', 'stderr', 2)]),
    );
    expect(client.frames).toHaveLength(3);
    expect(cloud.streams.logRequests.at(-1)).toMatchObject({ tail: 7, follow: false, timestamps: true });
  });

  it('give a service’s log with the name of each container', async () => {
    const client = await connect(`${serviceUri}logs?follow=false`);
    await client.closed;
    expect(new Set(client.frames.map((frame) => frame['source']))).toEqual(new Set(['web-1', 'web-2']));
    expect(client.frames).toHaveLength(6);
    expect(cloud.streams.logRequests.at(-1)).toMatchObject({ tail: 300, follow: false });
  });

  it('go on with a service’s containers that come later or start again, until the service is gone', async () => {
    const held = (cloud.streams.held = new Map<string, PassThrough>());
    const call = (method: string, path: string, body?: unknown) => cloud.call(tenant, method, path, body);
    const made = await call('POST', '/api/app/v1/service/', { image: 'nginx', name: 'chatty' });
    const uri = made.body['resource_uri'] as string;
    await call('POST', `${uri}start/`);
    await cloud.plane.settle();
    const client = await connect(`${uri}logs/?tail=5`);
    const sources = () => client.frames.map((frame) => frame['source']);
    await client.until((frames) => frames.length === 1);
    expect(cloud.streams.logRequests.at(-1)).toMatchObject({ tail: 5, follow: true, since: null });
    await call('PATCH', uri, { target_num_containers: 2 });
    await cloud.plane.settle();
    await client.until((frames) => frames.length === 2);
    expect(sources()).toEqual(['chatty-1', 'chatty-2']);
    // Of one that came later everything is wanted, of one that starts again what it has said since then.
    expect(cloud.streams.logRequests.at(-1)).toMatchObject({ tail: null, since: null });
    const [first = ''] = held.keys();
    const containerPath = `/api/app/v1/container/${first}/`;
    await call('POST', `${containerPath}stop/`);
    await cloud.plane.settle();
    held.get(first)?.end();
    await call('POST', `${containerPath}start/`);
    await cloud.plane.settle();
    await client.until((frames) => frames.length === 3);
    expect(sources()).toEqual(['chatty-1', 'chatty-2', 'chatty-1']);
    expect(cloud.streams.logRequests.at(-1)).toMatchObject({ tail: null, since: expect.any(Date) });
    await call('DELETE', uri);
    await cloud.plane.settle();
    for (const output of held.values()) output.end();
    expect((await client.closed).code).toBe(1000);
    expect(client.frames).toHaveLength(3);
    cloud.streams.held = null;
  });

  it('tell of a container of a service whose log breaks off, and go on with the others', async () => {
    const held = (cloud.streams.held = new Map<string, PassThrough>());
    const client = await connect(`${serviceUri}logs/`);
    await client.until((frames) => frames.length === 2);
    const [broken, whole] = [...held.values()];
    broken?.destroy(new DomainError('unavailable', 'The node cannot be reached.'));
    const seen = (await client.until((frames) => frames.some(({ type }) => type === 'error'))).at(-1);
    expect(seen).toMatchObject({ output: 'The node cannot be reached.', source: expect.stringMatching(/^web-[12]$/) });
    whole?.write({ channel: 'stdout', data: Buffer.from('2026-11-20T23:06:02Z still here\n') });
    await client.until((frames) => frames.some(({ log }) => log === 'still here\n'));
    // It is said to run all the same, so it is asked for again.
    await client.until(
      (frames) => frames.filter(({ source, type }) => type === 'log' && source === seen?.['source']).length >= 2,
    );
    client.socket.close();
    await client.closed;
    await until(() => [...held.values()].every((output) => output.destroyed));
    cloud.streams.held = null;
  });

  it('run a command with input, output and an exit code', async () => {
    const client = await connect(`${containerUri}exec/?&command=${encodeURIComponent(`sh -c 'a b'`)}`);
    await client.until((frames) => outputOf(frames).includes('sh|-c|a b\n'));
    client.socket.send('grüße 👋\n');
    await client.until(
      (frames) => outputOf(frames).includes('grüße 👋\n') && outputOf(frames, 'stderr').includes('heard'),
    );
    client.socket.send('exit 3');
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit 3' });
    expect(client.frames.at(-1)).toEqual({ type: 'exec', output: '', streamType: 'stdout', exit_code: 3 });
  });

  it('take a credential in an address without /api, and end a command there with a word', async () => {
    const bare = `${containerUri.slice('/api'.length)}exec/`;
    const socket = socketTo(`${bare}?user=${tenant.user}&token=${tenant.apiKey}&command=sh`, null);
    const client = new Client(socket);
    await client.until((frames) => outputOf(frames).includes('sh\n'));
    socket.send('exit 3');
    expect((await client.closed).code).toBe(1000);
    expect(client.frames.at(-1)).toEqual({ type: 'exec', output: 'EOF', streamType: 'stdout', exit_code: 3 });
    expect((await refused(`${bare}?user=${tenant.user}&token=wrong`, null)).status).toBe(401);
    expect((await refused(bare, null)).status).toBe(401);
    expect((await refused(`${containerUri}exec/?user=${tenant.user}&token=${tenant.apiKey}`, null)).status).toBe(401);
    expect((await refused(`${bare}?user=${other.user}&token=${other.apiKey}`, null)).status).toBe(404);
  });

  it('serve several clients of one container at once, each with a process of its own', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => connect(`${containerUri}exec/`)));
    clients.forEach((client, i) => client.socket.send(`client ${i}\n`));
    for (const [i, client] of clients.entries()) {
      await client.until((frames) => outputOf(frames).includes(`client ${i}\n`));
      expect(outputOf(client.frames)).toBe(`sh\nclient ${i}\n`);
      client.socket.close();
      await client.closed;
    }
    await until(() => cloud.streams.processes.slice(-3).every((process) => process.closed));
  });

  it('take the size of a terminal and the end of input from a client that offers the protocol', async () => {
    const client = await connect(`${containerUri}exec/?tty=true&columns=80&rows=24`, [execProtocol]);
    const process = cloud.streams.processes.at(-1);
    client.socket.send(JSON.stringify({ type: 'resize', columns: 120, rows: 40 }));
    client.socket.send(JSON.stringify({ type: 'stdin', data: 'hello\n' }));
    client.socket.send('not of the protocol');
    client.socket.send(JSON.stringify({ type: 'eof' }));
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit 0' });
    expect(outputOf(client.frames)).toBe('sh\nhello\n');
    expect(process?.sizes).toEqual([
      [80, 24],
      [120, 40],
    ]);
  });

  it('tell what happens in the project and nothing of others', async () => {
    const [mine, filtered] = await Promise.all([
      connect('/api/audit/v1/events'),
      connect('/api/audit/v1/streams/events/?type=stack'),
    ]);
    await Promise.all([mine, filtered].map((client) => client.until((frames) => frames.length === 1)));
    expect(mine.frames[0]).toEqual({ type: 'auth' });
    await cloud.call(other, 'POST', '/api/app/v1/service/', { image: 'x', name: 'foreign' });
    const stack = await cloud.call(tenant, 'POST', '/api/app/v1/stack/', {
      name: 'watched',
      services: [{ name: 'in', image: 'nginx' }],
    });
    const uri = stack.body['resource_uri'] as string;
    await cloud.call(tenant, 'POST', `${uri}start/`);
    await cloud.plane.settle();
    const service = (stack.body['services'] as string[])[0];
    await mine.until((frames) =>
      frames.some((frame) => frame['resource_uri'] === service && frame['state'] === 'Running'),
    );
    const container = mine.frames.find((frame) => frame['type'] === 'container');
    expect(container).toEqual({
      type: 'container',
      action: 'create',
      parents: expect.arrayContaining([
        service,
        uri,
        clusterUri,
        expect.stringMatching(/^\/api\/infra\/v1\/streams\/node\//),
      ]),
      resource_uri: expect.stringMatching(/^\/api\/app\/v1\/streams\/container\//),
      state: 'Starting',
      uuid: expect.any(String),
      datetime: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/),
    });
    await filtered.until((frames) => frames.some((frame) => frame['state'] === 'Running'));
    expect(new Set(filtered.frames.slice(1).map((frame) => frame['resource_uri']))).toEqual(new Set([uri]));
    for (const client of [mine, filtered]) {
      client.socket.close();
      await client.closed;
    }
  });

  it('tell of an action with what it is about, when it begins and when it ends', async () => {
    const made = await cloud.call(tenant, 'POST', '/api/app/v1/service/', { image: 'nginx', name: 'acted' });
    const uri = made.body['resource_uri'] as string;
    const client = await connect(`/api/audit/v1/events/?type=action&parent=${uri}`);
    await client.until((frames) => frames.length === 1);
    const told = async (asked: Promise<{ headers: Record<string, string> }>, ...states: string[]) => {
      const action = (await asked).headers['x-dockercloud-action-uri'];
      await cloud.plane.settle();
      const mine = (frames: Frame[]) => frames.filter((frame) => frame['resource_uri'] === action);
      const frames = mine(await client.until((all) => mine(all).length === states.length));
      expect(frames.map(({ state, parents }) => [state, parents])).toEqual(states.map((state) => [state, [uri]]));
    };
    await told(cloud.call(tenant, 'PATCH', uri, { image: 'nginx:2' }), 'Success');
    await told(cloud.call(tenant, 'POST', `${uri}start/`), 'In progress', 'Success');
    const late = cloud.call(tenant, 'POST', `${uri}redeploy/`).then(async (redeployed) => {
      await cloud.call(tenant, 'POST', `${redeployed.headers['x-dockercloud-action-uri'] ?? ''}cancel/`);
      return redeployed;
    });
    await told(late, 'In progress', 'Canceled');
    client.socket.close();
    await client.closed;
  });

  it('tell the progress of an action until it has ended', async () => {
    const made = await cloud.call(tenant, 'POST', '/api/app/v1/service/', { image: 'nginx', name: 'slow' });
    const started = await cloud.call(tenant, 'POST', `${made.body['resource_uri'] as string}start/`);
    const client = await connect(`${started.headers['x-dockercloud-action-uri'] ?? ''}logs/`);
    await client.until((frames) => frames.length >= 2);
    expect(client.frames[0]).toMatchObject({
      type: 'log',
      log: 'streams-owner asked for start of service "slow".',
      timestamp: expect.any(Number),
    });
    await cloud.plane.settle();
    expect((await client.closed).code).toBe(1000);
    expect(client.frames.map((frame) => frame['log'])).toEqual(
      expect.arrayContaining(['slow: succeeded.', 'The action has ended: success.']),
    );
    const last = await connect(`${started.headers['x-dockercloud-action-uri'] ?? ''}logs/?tail=1`);
    expect((await last.closed).code).toBe(1000);
    expect(last.frames.map((frame) => frame['log'])).toEqual(['The action has ended: success.']);
    expect((await refused('/api/audit/v1/action/7fe7ec85-58be-4904-81da-de2219098d7c/logs/', tenant)).status).toBe(404);
  });

  it('ping, and keep a client that answers', async () => {
    const client = await connect('/api/audit/v1/events');
    let pings = 0;
    client.socket.on('ping', () => pings++);
    // Past the time after which a client that is silent is cut off.
    await until(() => pings >= 6);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    client.socket.close();
    await client.closed;
  });

  it('pause the source for a slow reader, and cut off one that stalls', async () => {
    cloud.streams.endless = true;
    cloud.streams.produced = 0;
    const client = await connect(`${containerUri}logs/`);
    client.socket.pause();
    const { clients } = cloud.app.get(DockerCloudStreams, { strict: false })['server'];
    await until(() => clients.size === 0);
    // A source that nobody pauses makes hundreds of megabytes in this time.
    expect(cloud.streams.produced).toBeLessThan(20_000_000);
    cloud.streams.endless = false;
    client.socket.terminate();
  });
});
