import { jest } from '@jest/globals';
import { waitFor } from '#libs/launch/process/wait.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import type { EdgeCertificate } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import { HttpBackend } from './support/backend.js';
import { EdgeLab } from './support/edge-lab.js';
import { echo, upgrade, visit, visitHttp2 } from './support/visitor.js';
import { endpoint, httpRoute, project, target } from './support/wire.js';

// real: haproxy
jest.setTimeout(60_000);

describe('routes of HTTP on a real load balancer', () => {
  let lab: EdgeLab;
  let authority: FakeCertificateAuthority;
  const backends: HttpBackend[] = [];
  const backend = async (name: string) => {
    const started = await HttpBackend.start(name);
    backends.push(started);
    return started;
  };
  const at = (host: string, path = '/', headers: Record<string, string> = {}) =>
    visit({ port: lab.httpPort, host, path, headers });
  const certificate = async (certificateId: string, ...names: string[]): Promise<EdgeCertificate> => {
    const { certificatePem, privateKeyPem } = await authority.issueNamed(certificateId, names);
    return { certificateId, names, chainPem: certificatePem, keyPem: privateKeyPem };
  };

  beforeAll(async () => {
    [lab, authority] = await Promise.all([EdgeLab.start(), FakeCertificateAuthority.create()]);
  });
  afterAll(async () => {
    await lab.stop();
    await Promise.all(backends.map((each) => each.kill()));
  });

  it('lead by host, wildcard and the longest path of whole segments; anything else is a 404 that says what to do', async () => {
    const [root, api, deep, wild] = await Promise.all(['root', 'api', 'deep', 'wild'].map(backend));
    await lab.serve(
      project('paths', [
        httpRoute('p1', 'a.test', [target(1, endpoint(root!))]),
        httpRoute('p2', 'a.test', [target(1, endpoint(api!))], { path: '/api' }),
        httpRoute('p3', 'a.test', [target(1, endpoint(deep!))], { path: '/api/deep/' }),
        httpRoute('p4', '*.a.test', [target(1, endpoint(wild!))]),
        httpRoute('p5', 'only.test', [target(1, endpoint(api!))], { path: '/api' }),
      ]),
    );
    const bodies = async (host: string, ...paths: string[]) =>
      Promise.all(paths.map(async (path) => (await at(host, path)).body));
    expect(
      await bodies('a.test', '/', '/apis', '/api', '/api/x?y=/z', '/api/deep', '/api/deep/er', '/api/deeper'),
    ).toEqual(['root', 'root', 'api', 'api', 'deep', 'deep', 'api']);
    expect(await bodies('A.test:80', '/')).toEqual(['root']);
    expect(await bodies('any.a.test', '/', '/x')).toEqual(['wild', 'wild']);
    for (const [host, path] of [
      ['two.any.a.test', '/'],
      ['unknown.test', '/'],
      ['only.test', '/other'],
    ] as const) {
      const answer = await at(host, path);
      expect(answer.status).toBe(404);
      expect(answer.body).toMatch(/no route leads here[^]*add a route/);
    }
  });

  it('say plainly when no container takes requests, and serve as soon as one does', async () => {
    const late = await backend('late');
    await lab.serve(project('empty', [httpRoute('e1', 'empty.test', [])]));
    const answer = await at('empty.test');
    expect([answer.status, answer.body]).toEqual([503, expect.stringMatching(/no container takes requests/)]);
    const { reloads } = lab.figures();
    await lab.serve(project('empty', [httpRoute('e1', 'empty.test', [target(1, endpoint(late))])]));
    expect((await at('empty.test')).body).toBe('late');
    expect(lab.figures().reloads).toBe(reloads);
  });

  it('spread requests over services by weight, whatever their number of containers', async () => {
    const [blue, green1, green2] = await Promise.all(['blue', 'green', 'green'].map(backend));
    const targets = (a: number, b: number) => [
      target(a, endpoint(blue!)),
      target(b, endpoint(green1!), endpoint(green2!)),
    ];
    const share = async () => {
      let green = 0;
      for (let i = 0; i < 400; i++) green += Number((await at('weights.test')).body === 'green');
      return green / 400;
    };
    await lab.serve(project('weights', [httpRoute('w1', 'weights.test', targets(90, 10))]));
    expect(await share()).toBeCloseTo(0.1, 1);
    await lab.serve(project('weights', [httpRoute('w1', 'weights.test', targets(500, 500))]));
    expect(await share()).toBeCloseTo(0.5, 1);
    await lab.serve(project('weights', [httpRoute('w1', 'weights.test', targets(0, 1))]));
    expect(await share()).toBe(1);
    expect(lab.figures().problems).toBe(0);
  });

  it('keep a client on its container by a cookie, until that leaves', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map(backend));
    const affine = (leaving: HttpBackend | null) =>
      project('affinity', [
        httpRoute('c1', 'cookie.test', [target(1, ...[one!, two!].map((each) => endpoint(each, each === leaving)))], {
          cookieAffinity: true,
        }),
      ]);
    await lab.serve(affine(null));
    const first = await at('cookie.test');
    const cookie = (first.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
    expect(cookie).toMatch(/^pierhead-affinity=\w+$/);
    for (let i = 0; i < 10; i++) expect((await at('cookie.test', '/', { cookie })).body).toBe(first.body);
    const held = first.body === 'one' ? one! : two!;
    expect(held.seen.at(-1)?.headers.cookie).toBeUndefined();
    await lab.serve(affine(held));
    expect((await at('cookie.test', '/', { cookie })).body).toBe(held === one ? 'two' : 'one');
  });

  it('give a container of another address another cookie', async () => {
    const [one, two] = await Promise.all(['one', 'two'].map(backend));
    const affine = (only: HttpBackend) =>
      project('cookies', [httpRoute('c2', 'cookies.test', [target(1, endpoint(only))], { cookieAffinity: true })]);
    const cookieOf = async (only: HttpBackend) => {
      await lab.serve(affine(only));
      return (await at('cookies.test')).headers['set-cookie']?.[0];
    };
    const [first, second, again] = [await cookieOf(one!), await cookieOf(two!), await cookieOf(one!)];
    expect(first).not.toBe(second);
    expect(again).toBe(first);
  });

  it('tell the container who asked, and let nobody claim to be another', async () => {
    const plain = await backend('plain');
    await lab.serve(project('headers', [httpRoute('h1', 'headers.test', [target(1, endpoint(plain))])]));
    await at('headers.test', '/x', {
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.test',
      forwarded: 'for=1.2.3.4',
      proxy: 'http://evil.test',
    });
    expect(plain.seen[0]?.headers).toMatchObject({
      host: 'headers.test',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'headers.test',
      'x-forwarded-port': String(lab.httpPort),
    });
    expect(plain.seen[0]?.headers).not.toHaveProperty('forwarded');
    expect(plain.seen[0]?.headers).not.toHaveProperty('proxy');
  });

  it('carry websockets', async () => {
    const sockets = await backend('sockets');
    await lab.serve(project('ws', [httpRoute('s1', 'ws.test', [target(1, endpoint(sockets))])]));
    const socket = await upgrade({ port: lab.httpPort, host: 'ws.test' });
    expect(await echo(socket, 'hello')).toBe('hello');
    socket.destroy();
  });

  it('answer by the certificate of the name that is asked for, over HTTP/2 too', async () => {
    const [a, b] = await Promise.all(['tls-a', 'tls-b'].map(backend));
    await lab.serve(
      project(
        'tls',
        [
          httpRoute('t1', 'a.tls.test', [target(1, endpoint(a!))], { tls: true, hstsMaxAgeS: 86_400 }),
          httpRoute('t2', 'b.tls.test', [target(1, endpoint(b!))], { tls: true, redirectToHttps: true }),
          httpRoute('t3', '*.w.tls.test', [target(1, endpoint(b!))], { tls: true }),
        ],
        [
          await certificate('tls-a', 'a.tls.test'),
          await certificate('tls-b', 'b.tls.test'),
          await certificate('tls-w', '*.w.tls.test'),
        ],
      ),
    );
    const secure = { port: lab.httpsPort, ca: authority.caPem };
    const first = await visit({ ...secure, host: 'a.tls.test' });
    expect([first.body, first.headers['strict-transport-security']]).toEqual(['tls-a', 'max-age=86400']);
    expect((await visit({ ...secure, host: 'x.w.tls.test' })).body).toBe('tls-b');
    const second = await visitHttp2({ ...secure, host: 'b.tls.test', path: '/h2' });
    expect([second.status, second.body]).toEqual([200, 'tls-b']);
    expect(b!.seen.at(-1)?.headers).toMatchObject({
      'x-forwarded-proto': 'https',
      'x-forwarded-port': String(lab.httpsPort),
    });
    expect((await at('a.tls.test')).headers['strict-transport-security']).toBeUndefined();

    const redirect = await at('b.tls.test', '/x?y=1');
    expect([redirect.status, redirect.headers.location]).toEqual([308, `https://b.tls.test:${lab.httpsPort}/x?y=1`]);
    await expect(visit({ ...secure, host: 'unknown.tls.test' })).rejects.toThrow(/alert|unrecognized/i);
  });

  it('answer ACME challenges before anything else, also where all is redirected', async () => {
    const behind = await backend('behind');
    const routes = [httpRoute('m1', 'acme.test', [target(1, endpoint(behind))], { tls: true, redirectToHttps: true })];
    const certificates = [await certificate('acme', 'acme.test')];
    const challenges = [{ host: 'acme.test', token: 'tok-1', response: 'tok-1.thumb_print' }];
    await lab.serve(project('acme', routes, certificates, challenges));
    const answer = await at('acme.test', '/.well-known/acme-challenge/tok-1');
    expect([answer.status, answer.body]).toEqual([200, 'tok-1.thumb_print']);
    expect((await at('acme.test', '/.well-known/acme-challenge/tok-2')).status).toBe(308);
    expect((await at('other.test', '/.well-known/acme-challenge/tok-1')).status).toBe(404);
    const { reloads } = lab.figures();
    await lab.serve(project('acme', routes, certificates, []));
    expect((await at('acme.test', '/.well-known/acme-challenge/tok-1')).status).toBe(308);
    expect(lab.figures().reloads).toBe(reloads);
  });

  it('check health by HTTP, and leave out a container that does not answer well', async () => {
    const [good, bad] = await Promise.all(['good', 'bad'].map(backend));
    const healthCheck = { kind: 'http', path: '/up', acceptedCodes: [200], intervalMs: 200, rise: 1, fall: 1 };
    await lab.serve(
      project('health', [
        httpRoute('k1', 'health.test', [target(1, endpoint(good!), endpoint(bad!))], { healthCheck }),
      ]),
    );
    expect(good!.seen[0]).toMatchObject({ url: '/up', headers: { host: 'health.test' } });
    bad!.status = 500;
    const bodies = async () =>
      new Set(await Promise.all(Array.from({ length: 8 }, async () => (await at('health.test')).body)));
    const deadline = Date.now() + 10_000;
    let seen = await bodies();
    while (seen.has('bad') && Date.now() < deadline) seen = await bodies();
    expect([...seen]).toEqual(['good']);
  });

  it('do not let a container in before the edge itself reaches it', async () => {
    const [here, checked] = await Promise.all(['here', 'checked'].map(backend));
    checked!.status = 503;
    const healthCheck = { kind: 'http', path: '/', acceptedCodes: [], intervalMs: 60_000, rise: 1, fall: 3 };
    const routes = [httpRoute('j1', 'join.test', [target(1, endpoint(here!), endpoint(checked!))], { healthCheck })];
    const generation = lab.tell([project('join', routes)]);
    const deadline = Date.now() + 10_000;
    while ((await at('join.test')).body !== 'here' && Date.now() < deadline);
    for (let i = 0; i < 10; i++) expect((await at('join.test')).body).toBe('here');
    expect(lab.figures().waiting).toBe(1);
    const word = () => lab.applied.find((each) => each.projectId === 'join');
    expect(await waitFor(word, { what: 'The edge’s word on what it waits for', timeoutMs: 15_000 })).toMatchObject({
      generation: 0,
      problems: [{ routeId: 'j1', sentence: expect.stringMatching(/^1 of 2 containers do not answer/) }],
    });
    checked!.status = 200;
    await lab.inForce('join', generation);
    expect(new Set(await Promise.all(Array.from({ length: 4 }, async () => (await at('join.test')).body))).size).toBe(
      2,
    );
  });

  it('send a safe request again when its container breaks off, and never another', async () => {
    const [good, breaking] = await Promise.all(['whole', 'breaking'].map(backend));
    const healthCheck = { kind: 'none', path: '', acceptedCodes: [], intervalMs: 0, rise: 0, fall: 0 };
    const targets = [target(1, endpoint(good!), endpoint(breaking!))];
    await lab.serve(project('retry', [httpRoute('y1', 'retry.test', targets, { healthCheck })]));
    breaking!.breakOff = true;
    for (let i = 0; i < 20; i++) expect((await at('retry.test')).status).toBe(200);
    const posts = await Promise.all(
      Array.from({ length: 20 }, () => visit({ port: lab.httpPort, host: 'retry.test', method: 'POST' })),
    );
    expect(new Set(posts.map(({ status }) => status))).toEqual(new Set([200, 502]));
    expect(breaking!.seen.filter(({ method }) => method === 'POST').length).toBe(10);
  });

  it('are measured', async () => {
    const metrics = await visit({ port: lab.metricsPort, host: 'localhost', path: '/metrics' });
    expect(metrics.body).toMatch(/haproxy_backend_http_responses_total\{proxy="r_p1",code="2xx"\} \d+/);
  });
});
