import { jest } from '@jest/globals';
import type { EdgeCertificate, EdgeProject } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { HttpBackend } from './support/backend.js';
import { EdgeLab } from './support/edge-lab.js';
import { Load } from '#libs/testing/load/load.js';
import { echo, keptConnection, upgrade, visit } from './support/visitor.js';
import { endpoint, httpRoute, project, target } from './support/wire.js';

// real: haproxy
jest.setTimeout(120_000);

/** Requests that each step is given before the next. */
const between = 300;

describe('requests under steady load', () => {
  let lab: EdgeLab;
  let authority: FakeCertificateAuthority;
  let load: Load;
  let requests = 0;
  let failed = 0;
  const backends: HttpBackend[] = [];
  const living = new Set<HttpBackend>();
  const backend = async (name: string) => {
    const started = await HttpBackend.start(name);
    backends.push(started);
    living.add(started);
    return started;
  };
  const kill = async (each: HttpBackend) => {
    living.delete(each);
    await each.kill();
  };
  const certificate = async (): Promise<EdgeCertificate> => {
    const { certificatePem, privateKeyPem } = await authority.issueNamed('load', ['load.test']);
    return { certificateId: 'load', names: ['load.test'], chainPem: certificatePem, keyPem: privateKeyPem };
  };
  let certificates: EdgeCertificate[] = [];
  const serving = (staying: HttpBackend[], leaving: HttpBackend[] = []): EdgeProject =>
    project(
      'load',
      [
        httpRoute(
          'load',
          'load.test',
          [target(1, ...staying.map((each) => endpoint(each)), ...leaving.map((each) => endpoint(each, true)))],
          { tls: true },
        ),
      ],
      certificates,
    );

  beforeAll(async () => {
    [lab, authority] = await Promise.all([EdgeLab.start(), FakeCertificateAuthority.create()]);
    certificates = [await certificate()];
  });
  afterAll(async () => {
    await lab.stop();
    await Promise.all([...living].map((each) => each.kill()));
    process.stdout.write(`edge: ${failed} of ${requests} requests failed\n`);
  });
  const begin = (secure = false) => {
    const tls = secure ? { ca: authority.caPem, port: lab.httpsPort } : { port: lab.httpPort };
    load = new Load({ host: 'load.test', ...tls });
  };
  const end = async () => {
    await load.more(between);
    await load.stop();
    requests += load.total;
    failed += load.failures.length;
    expect(load.failures).toEqual([]);
    expect(load.ok).toBeGreaterThan(between);
  };

  it('are all answered while containers join, drain and leave, one replaced by another', async () => {
    let current = await Promise.all(['a-0', 'b-0'].map(backend));
    await lab.serve(serving(current));
    const { reloads } = lab.figures();
    begin();
    for (let round = 1; round <= 8; round++) {
      const [old, ...rest] = current as [HttpBackend, ...HttpBackend[]];
      const next = await backend(`${old.name.slice(0, 1)}-${round}`);
      await lab.serve(serving([...rest, old, next]));
      await load.more(between);
      await lab.serve(serving([...rest, next], [old]));
      // The control plane’s turn: it has the edge’s word that nothing is under way.
      await kill(old);
      await lab.serve(serving([...rest, next]));
      await load.more(between);
      current = [...rest, next];
    }
    await end();
    expect(lab.figures().reloads).toBe(reloads);
    expect([...load.bodies.keys()].filter((name) => name.startsWith('a'))).toHaveLength(5);
  });

  it('are all answered while a service grows past the room of its backend and shrinks again', async () => {
    const first = await backend('first');
    await lab.serve(serving([first]));
    begin();
    const more = await Promise.all(Array.from({ length: 20 }, (_, index) => backend(`more-${index}`)));
    const { reloads } = lab.figures();
    await lab.serve(serving([first, ...more]));
    expect(lab.figures().reloads).toBe(reloads + 1);
    await load.more(between);
    await lab.serve(serving([first], more));
    await Promise.all(more.map(kill));
    await lab.serve(serving([first]));
    await end();
  });

  it('are all answered while other routes come and go, with a reload each', async () => {
    const web = await backend('web');
    await lab.serve(serving([web]));
    begin();
    const { reloads } = lab.figures();
    for (let round = 0; round < 4; round++) {
      await lab.serve(
        project('other', [httpRoute(`other-${round}`, `other-${round}.test`, [target(1, endpoint(web))])]),
      );
      await load.more(between);
    }
    await lab.whole(lab.tell([], false, ['other']));
    await end();
    expect(lab.figures().reloads).toBe(reloads + 4);
  });

  it('are all answered on connections that slept through a reload, though every container was replaced since', async () => {
    const old = await backend('old');
    await lab.serve(serving([old]));
    const ca = authority.caPem;
    const sleepers = [undefined, ca].flatMap((each) =>
      Array.from({ length: 8 }, () => {
        const tls = each ? { ca: each, port: lab.httpsPort } : { port: lab.httpPort };
        return { host: 'load.test', agent: keptConnection(each), ...tls };
      }),
    );
    for (const each of sleepers) expect((await visit(each)).body).toBe('old');
    const { workers } = lab.figures();
    await lab.serve(project('other', [httpRoute('wake', 'wake.test', [target(1, endpoint(old))])]));
    const next = await backend('next');
    await lab.serve(serving([old, next]));
    await lab.serve(serving([next], [old]));
    await lab.whole(lab.tell([], false, ['other']));
    await kill(old);
    expect(lab.figures().workers).toBeGreaterThan(workers);
    for (const each of sleepers) {
      const answer = await visit(each);
      expect([answer.status, answer.body, answer.reused]).toEqual([200, 'next', true]);
      expect(next.seen.at(-1)?.headers).toMatchObject({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'ca' in each ? 'https' : 'http',
        'x-forwarded-port': String(each.port),
      });
      each.agent.destroy();
    }
    requests += sleepers.length * 2;
  });

  it('are all answered over TLS while the certificate changes', async () => {
    const web = await backend('web');
    await lab.serve(serving([web]));
    begin(true);
    const { reloads } = lab.figures();
    for (let round = 0; round < 5; round++) {
      certificates = [await certificate()];
      await lab.serve(serving([web]));
      await load.more(between / 2);
    }
    const renamed = { ...(await certificate()), certificateId: 'renamed' };
    certificates = [renamed];
    await lab.serve(serving([web]));
    await end();
    expect(lab.figures().reloads).toBe(reloads);
  });

  it('are all answered while the agent restarts, and while nobody looks after the load balancer', async () => {
    const web = await backend('web');
    await lab.serve(serving([web]));
    begin();
    for (let round = 0; round < 3; round++) {
      await lab.restartAgent();
      await lab.serve(serving([web]), true);
      await load.more(between);
    }
    await end();
  });

  it('are all answered while a container dies without a word', async () => {
    const [staying, dying] = await Promise.all(['staying', 'dying'].map(backend));
    await lab.serve(serving([staying!, dying!]));
    begin();
    await load.more(between);
    await kill(dying!);
    await load.more(between);
    await lab.serve(serving([staying!]));
    await end();
    expect(load.bodies.get('dying')).toBeGreaterThan(0);
  });

  it('that take long are waited for, up to the route’s time', async () => {
    const [slow, next] = await Promise.all(['slow', 'next'].map(backend));
    await lab.serve(serving([slow!]));
    slow!.delayMs = 1_500;
    const slowly = visit({ port: lab.httpPort, host: 'load.test' });
    const reached = () => slow!.requests > 0;
    while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
    const began = performance.now();
    await lab.serve(serving([next!], [slow!]));
    expect(performance.now() - began).toBeGreaterThan(1_000);
    expect((await slowly).body).toBe('slow');
  });

  it('that never end hold nobody up for longer than that', async () => {
    const [sockets, next] = await Promise.all(['sockets', 'next'].map(backend));
    const drainMs = 1_200;
    const change = (each: EdgeProject): EdgeProject => ({
      ...each,
      routes: each.routes.map((route) => ({ ...route, drainMs })),
    });
    await lab.serve(change(serving([sockets!])));
    const socket = await upgrade({ port: lab.httpPort, host: 'load.test' });
    const began = performance.now();
    await lab.serve(change(serving([next!], [sockets!])));
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThanOrEqual(drainMs);
    expect(tookMs).toBeLessThan(drainMs + 2_000);
    expect(await echo(socket, 'still there')).toBe('still there');
    socket.destroy();
  });

  it('of one project wait for no other project’s slow ones', async () => {
    const [sockets, web, next] = await Promise.all(['sockets', 'web', 'next'].map(backend));
    const slow = (draining: boolean) =>
      project('slow', [httpRoute('slow', 'slow.test', [target(1, endpoint(sockets!, draining))], { drainMs: 60_000 })]);
    await lab.serve(slow(false));
    await lab.serve(serving([web!]));
    const socket = await upgrade({ port: lab.httpPort, host: 'slow.test' });
    const waiting = lab.tell([slow(true)]);
    const began = performance.now();
    await lab.serve(serving([next!], [web!]));
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(lab.applied.some(({ projectId, generation }) => projectId === 'slow' && generation >= waiting)).toBe(false);
    expect(lab.generations.some((each) => each >= waiting)).toBe(false);
    socket.destroy();
    await lab.inForce('slow', waiting);
  });
});
