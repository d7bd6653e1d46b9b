import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '#libs/launch/process/wait.js';
import { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';
import { RawConnection } from './support/raw-connection.js';

const testMs = 60_000;
const requestTimeoutMs = 2_000;
const services = '/api/app/v1/service/';
const absent = '7fe7ec85-58be-4904-81da-de2219098d7c';

describe('bad input against a real api process', () => {
  let cluster: Cluster;
  let client: CloudClient;
  let uri: string;

  beforeAll(async () => {
    const env = { PIERHEAD_REQUEST_TIMEOUT_MS: String(requestTimeoutMs) };
    cluster = await startCluster({ apis: 2, workers: 1, gateways: 1, agents: 1, env });
    client = cluster.client();
    uri = (await client.ok('POST', services, { name: 'web', image: sampleImage() })).resource_uri;
  }, startMs);
  afterAll(() => cluster.stop(), startMs);

  const native = (method: string, path: string, body?: unknown) => cluster.native().call(method, path, body);
  const organization = async () => {
    const [row] = await cluster.ledger.rows<{ id: string }>('SELECT id FROM organization');
    return row?.id ?? '';
  };
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(new URL(services, client.url), {
      method: 'POST',
      headers: { authorization: client.authorization, 'content-type': 'application/json', ...headers },
      body,
    });

  /** Runs what is to be refused, and checks that nothing at all was written. */
  const writesNothing = async <T>(refused: () => Promise<T>): Promise<T> => {
    const before = await cluster.ledger.counts();
    const answer = await refused();
    expect(await cluster.ledger.counts()).toEqual(before);
    return answer;
  };

  const web = { name: 'x', image: 'nginx' };
  it.each<[what: string, body: string, status: number, sentence: RegExp]>([
    ['malformed JSON', '{"image": "nginx"', 400, /JSON/],
    ['JSON that is no object', '42', 400, /object/],
    ['a wrong type', JSON.stringify({ ...web, target_num_containers: 'two' }), 400, /^target_num_containers/],
    ['an unknown field', JSON.stringify({ ...web, imagee: 'x' }), 400, /imagee/],
    ['an over-long name', JSON.stringify({ ...web, name: 'n'.repeat(64) }), 400, /^name/],
    ['a nul character', JSON.stringify({ ...web, run_command: 'a\u0000b' }), 400, /run_command/],
    ['a lone surrogate', JSON.stringify({ ...web, run_command: 'a\ud800b' }), 400, /run_command/],
    ['a poisoned prototype', '{"name":"x","image":"nginx","__proto__":{"a":1}}', 400, /./],
    ['deep nesting', `{"name":"x","image":"nginx","labels":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 400, /labels/],
    ['a number beyond all bounds', '{"name":"x","image":"nginx","memory":1e999}', 400, /^memory/],
    ['an empty tag', JSON.stringify({ ...web, tags: [''] }), 400, /^tags/],
    ['a port out of range', JSON.stringify({ ...web, container_ports: [{ inner_port: 65_536 }] }), 400, /inner_port/],
    ['a taken name', JSON.stringify({ ...web, name: 'web' }), 409, /"web"/],
  ])('%s', async (_, body, status, sentence) => {
    const answer = await writesNothing(() => post(body));
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, error]).toEqual([status, expect.stringMatching(sentence)]);
  });

  it('a state that does not allow it is 409, on a stack too', async () => {
    for (const verb of ['stop/', 'redeploy/']) {
      const answer = await writesNothing(() => client.call('POST', `${uri}${verb}`));
      expect([answer.status, answer.body['error']]).toEqual([409, expect.stringMatching(/not running/)]);
    }
    const stack = await client.ok('POST', '/api/app/v1/stack/', { name: 'empty', services: [] });
    expect((await client.call('DELETE', stack.resource_uri)).status).toBe(202);
    await client.waitForState(stack.resource_uri, 'Terminated');
    const again = await writesNothing(() => client.call('POST', `${stack.resource_uri}start/`));
    expect([404, 409]).toContain(again.status);
  });

  it('over a quota: refused as a whole, with the number', async () => {
    const { project } = cluster.credentials;
    const limit = (services: number | null) => native('PUT', `/projects/${project}/quotas`, { limits: { services } });
    expect((await limit(2)).status).toBe(200);
    const answer = await writesNothing(() =>
      client.call('POST', '/api/app/v1/stack/', {
        name: 'large',
        services: [
          { name: 'a', image: 'x' },
          { name: 'b', image: 'x' },
        ],
      }),
    );
    expect([answer.status, answer.body['error']]).toEqual([403, expect.stringMatching(/2/)]);
    await limit(null);
  });

  it(
    'tags that no node carries: the action fails with the reason, soon',
    async () => {
      const made = await client.ok('POST', services, { name: 'tagged', image: sampleImage(), tags: ['gpu'] });
      const started = await client.call('POST', `${made.resource_uri}start/`);
      const action = started.headers.get('x-dockercloud-action-uri') ?? '';
      await client.waitForState(action, 'Failed', 10_000);
      const [row] = await cluster.ledger.rows<{ message: string }>('SELECT message FROM action WHERE id = $1', [
        action.split('/').at(-2),
      ]);
      expect(row?.message).toMatch(/gpu/);
      await client.ok('DELETE', made.resource_uri);
    },
    testMs,
  );

  it(
    'a host port that another service holds: the action fails with the reason, the other one runs on',
    async () => {
      const container_ports = [{ inner_port: 8080, outer_port: 39_081 }];
      const holder = await client.ok('POST', services, { name: 'holder', image: sampleImage(), container_ports });
      await client.ok('POST', `${holder.resource_uri}start/`);
      await client.waitForState(holder.resource_uri, 'Running');
      const second = await client.ok('POST', services, { name: 'second', image: sampleImage(), container_ports });
      const started = await client.call('POST', `${second.resource_uri}start/`);
      await client.waitForState(started.headers.get('x-dockercloud-action-uri') ?? '', 'Failed', 20_000);
      const [row] = await cluster.ledger.rows<{ message: string }>(
        `SELECT message FROM action WHERE state = 'failed' AND resource_name = 'second'`,
      );
      expect(row?.message).toMatch(/39081/);
      expect(await client.get(holder.resource_uri)).toMatchObject({ state: 'Running' });
      for (const made of [holder, second]) await client.ok('DELETE', made.resource_uri);
      await cluster.engine.untilEmpty();
    },
    testMs,
  );

  it('wrong, revoked and expired keys are 401 on both apis; foreign and absent things are the same 404', async () => {
    const path = `/organizations/${await organization()}/api-keys`;
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const expiring = await native('POST', path, { name: 'short', expiresAt });
    const revoked = await native('POST', path, { name: 'revoked' });
    const as = (secret: unknown, index = 0) =>
      new CloudClient(cluster.apiUrls[index] ?? '', cluster.credentials.user, String(secret));
    for (const index of [0, 1]) expect((await as(revoked.body['secret'], index).call('GET', uri)).status).toBe(200);
    expect((await native('DELETE', `${path}/${String(revoked.body['id'])}`)).status).toBe(204);
    await waitFor(
      async () => {
        const both = [0, 1].map((index) => as(revoked.body['secret'], index).call('GET', uri));
        return (await Promise.all(both)).every(({ status }) => status === 401);
      },
      { what: 'The revocation', timeoutMs: 1_000, intervalMs: 20 },
    );
    await waitFor(async () => (await as(expiring.body['secret']).call('GET', uri)).status === 401, {
      what: 'The expiry',
      timeoutMs: 4_000,
    });
    for (const secret of ['nonsense', `${cluster.credentials.apiKey}x`, '']) {
      const answer = await as(secret).call('GET', uri);
      expect([answer.status, typeof answer.body['error']]).toEqual([401, 'string']);
    }
    const wrongNamespace = await client.call('GET', uri.replace('/v1/', '/v1/elsewhere/').replace('/harbor/', '/'));
    const missing = await client.call('GET', `/api/app/v1/service/${absent}/`);
    expect([wrongNamespace.status, missing.status]).toEqual([404, 404]);
  });

  it(
    'a join token works once',
    async () => {
      const token = await cluster.joinToken();
      await cluster.addAgent({}, token);
      const nodes = await cluster.ledger.rows('SELECT id FROM node');
      const folder = cluster.state.file('thief');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
      const refused = spawnSync(process.execPath, cluster.agentCommand(), {
        env: cluster.agentEnvironment(folder, 'thief'),
        encoding: 'utf8',
        timeout: 20_000,
      });
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(/join token is wrong, used/)]);
      expect(refused.stdout + refused.stderr).not.toContain(token.split('.')[2]);
      expect(await cluster.ledger.rows('SELECT id FROM node')).toHaveLength(nodes.length);
    },
    testMs,
  );

  it('a body of 10 MB is 413, and the server goes on', async () => {
    const body = JSON.stringify({ ...web, working_dir: 'x'.repeat(10 * 1024 * 1024) });
    const head = (framing: string) =>
      `POST ${services} HTTP/1.1\r\nHost: any\r\nAuthorization: ${client.authorization}\r\n` +
      `Content-Type: application/json\r\n${framing}\r\nConnection: close\r\n\r\n`;
    await writesNothing(async () => {
      const sized = await RawConnection.open(client.url);
      sized.send(head(`Content-Length: ${body.length}`));
      sized.send(body);
      const answer = await sized.untilClosed(10_000);
      expect(answer).toMatchObject({ status: 413, body: { error: expect.stringMatching(/larger/) } });
      const chunked = await RawConnection.open(client.url);
      chunked.send(head('Transfer-Encoding: chunked'));
      chunked.send(`${body.length.toString(16)}\r\n`);
      chunked.send(body);
      chunked.send('\r\n0\r\n\r\n');
      expect((await chunked.untilClosed(10_000)).status).toBe(413);
      // One that announces more than anybody takes in is told at once, or cut off.
      const endless = await RawConnection.open(client.url);
      endless.send(head(`Content-Length: ${2 ** 40}`));
      const mebibyte = 'x'.repeat(1024 * 1024);
      for (let sent = 0; sent < 80; sent++) endless.send(mebibyte);
      expect([0, 413]).toContain((await endless.untilClosed(20_000)).status);
    });
    expect((await client.call('GET', uri)).status).toBe(200);
  });

  it(
    'clients that stall are cut off in time, and nobody else waits for them',
    async () => {
      const begun = `POST ${services} HTTP/1.1\r\nHost: any\r\nAuthorization: ${client.authorization}\r\n`;
      const stalls = [
        '',
        'GET /api/app/v1/service/ HT',
        begun,
        `${begun}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name":`,
      ];
      const all = await Promise.all(
        Array.from({ length: 40 }, async (_, at) => {
          const connection = await RawConnection.open(client.url);
          connection.send(stalls[at % stalls.length] ?? '');
          return connection;
        }),
      );
      await writesNothing(async () => {
        const asked = performance.now();
        expect((await client.call('GET', uri)).status).toBe(200);
        expect(performance.now() - asked).toBeLessThan(1_000);
        const answers = await Promise.all(all.map((one) => one.untilClosed(requestTimeoutMs + 8_000)));
        for (const { status, body } of answers.filter((answer) => answer.status !== 0)) {
          expect([status, body]).toEqual([408, { error: { code: 'timeout', message: expect.any(String) } }]);
        }
        // A connection that never sent a byte of a request may be closed without a word.
        expect(answers.filter(({ status }) => status === 408).length).toBeGreaterThanOrEqual(30);
      });
    },
    testMs,
  );

  it.each<[what: string, bytes: string | Buffer]>([
    ['noise', Buffer.from(Array.from({ length: 512 }, (_, at) => (at * 73) % 256))],
    ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a header without an end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(32 * 1024)}`],
  ])('%s instead of a request is answered and the connection closed', async (_, bytes) => {
    const connection = await RawConnection.open(client.url);
    connection.send(bytes);
    const { status, body } = await connection.untilClosed(5_000);
    expect([400, 431, 505]).toContain(status);
    expect(body).toEqual({ error: { code: expect.any(String), message: expect.stringMatching(/\.$/) } });
    expect((await client.call('GET', uri)).status).toBe(200);
  });
});
