import { endpoint, facts, project, route, settings, target } from '../testing/edge-fixture.js';
import type { EdgeCertificate, EdgeProject } from '../state.js';
import { compile, type EdgeFacts } from './compile.js';

const pem = {
  chainPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  keyPem: '-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n',
};
const certificate = (certificateId: string, ...names: string[]): EdgeCertificate => ({ certificateId, names, ...pem });
const one = (given: Partial<EdgeProject>, known: Partial<EdgeFacts> = {}) =>
  compile([project('p1', given)], settings, { ...facts, ...known });
const sentences = (model: { problems: { sentence: string }[] }) => model.problems.map(({ sentence }) => sentence);

describe('what an edge makes of routes', () => {
  it('leads a host and path to the containers that take requests', () => {
    const endpoints = [
      endpoint('10.64.0.2', 80),
      endpoint('10.64.0.3', 80, { draining: true }),
      endpoint('10.64.0.4', 80),
    ];
    const model = one({ routes: [route('a', { path: '/api', targets: [target(100, ...endpoints)] })] });
    expect([...model.routes]).toEqual([['a.example.com/api/', 'r_a']]);
    expect(model.backends[0]?.servers).toEqual([
      { address: '10.64.0.2', port: 80, weight: 256 },
      { address: '10.64.0.4', port: 80, weight: 256 },
    ]);
    expect(model.problems).toEqual([]);
  });

  it('keeps containers out that the edge has not reached yet, also from the weights', () => {
    const model = one(
      {
        routes: [
          route('a', {
            targets: [
              target(50, endpoint('10.64.0.2', 80), endpoint('10.64.0.3', 80)),
              target(50, endpoint('10.64.0.4', 80)),
            ],
          }),
        ],
      },
      { admitted: (_, { address }) => address !== '10.64.0.3' },
    );
    expect(model.backends[0]?.servers.map(({ weight }) => weight)).toEqual([256, 256]);
  });

  it('has room for as many containers again, and keeps the room that a running backend has', () => {
    const endpoints = Array.from({ length: 5 }, (_, index) => endpoint(`10.64.0.${index + 1}`, 80));
    const routes = [route('a', { targets: [target(1, ...endpoints)] })];
    expect(one({ routes }).backends[0]?.slots).toBe(16);
    expect(one({ routes }, { slots: () => 5 }).backends[0]?.slots).toBe(5);
    expect(one({ routes }, { slots: () => 4 }).backends[0]?.slots).toBe(16);
  });

  it('serves the first of two routes with one host and path, or one port, and says so of the other', () => {
    const model = one({
      routes: [
        route('b', { host: 'x.example.com', path: '/a' }),
        route('a', { host: 'x.example.com', path: '/a/' }),
        route('d', { kind: 'tcp', host: '', port: 5_000 }),
        route('c', { kind: 'tcp', host: '', port: 5_000 }),
        route('e', { kind: 'tcp', host: '', port: settings.httpPort }),
      ],
    });
    expect(model.backends.map(({ name }) => name)).toEqual(['r_a', 'r_c']);
    expect(model.problems.map(({ routeId }) => routeId)).toEqual(['b', 'd', 'e']);
    expect(sentences(model)[1]).toBe('Port 5000 of the edge serves another route already: choose another.');
  });

  it('leaves a port alone that another program listens on', () => {
    const routes = [route('a', { kind: 'tcp', host: '', port: 22 })];
    const model = one({ routes }, { takenPorts: new Set([22]) });
    expect(model.tcpFrontends).toEqual([]);
    expect(sentences(model)[0]).toMatch(/^Port 22 is taken by another program/);
  });

  it.each([
    ['a host with a space', { host: 'a b.example.com' }, /host/],
    ['a host of two lines', { host: 'a.example.com\nlisten x' }, /host/],
    ['a host in capitals', { host: 'A.example.com' }, /host/],
    ['a path with a quote', { path: "/a'b" }, /path/],
    ['a path that does not begin with a slash', { path: 'a' }, /path/],
    ['a tcp port that is none', { kind: 'tcp' as const, port: 70_000 }, /port/],
  ])('refuses %s', (_, given, sentence) => {
    const model = one({ routes: [route('a', given)] });
    expect(model.backends).toEqual([]);
    expect(sentences(model)).toEqual([expect.stringMatching(sentence)]);
  });

  it('refuses a health check’s path that is none, and bounds its numbers', () => {
    const check = { kind: 'http' as const, path: '/a b', acceptedCodes: [], intervalMs: 1_000, rise: 1, fall: 1 };
    expect(sentences(one({ routes: [route('a', { healthCheck: check })] }))).toEqual([
      expect.stringMatching(/^The health check’s path/),
    ]);
    const bounds = { ...check, path: '/x?y=1', intervalMs: 1, rise: 0, fall: 900, acceptedCodes: [200, 9] };
    expect(one({ routes: [route('a', { healthCheck: bounds })] }).backends[0]?.healthCheck).toEqual({
      kind: 'http',
      path: '/x?y=1',
      acceptedCodes: [200],
      intervalMs: 200,
      rise: 2,
      fall: 100,
    });
  });

  it('says that a route all of whose targets weigh nothing answers nobody', () => {
    const model = one({ routes: [route('a', { targets: [target(0, endpoint('10.64.0.2', 80))] })] });
    expect(sentences(model)).toEqual([expect.stringMatching(/weight 0/)]);
  });

  it('answers ACME challenges, and nothing that only looks like one', () => {
    const model = one({
      challenges: [
        { host: 'a.example.com', token: 'tok_-1', response: 'tok_-1.thumb' },
        { host: 'a.example.com', token: '../x', response: 'x' },
        { host: 'a.example.com', token: 'x', response: 'x y' },
        { host: 'a.example.com\n', token: 'x', response: 'x' },
      ],
    });
    expect([...model.challenges]).toEqual([['a.example.com/.well-known/acme-challenge/tok_-1', 'tok_-1.thumb']]);
  });
});

describe('certificates of routes', () => {
  const list = settings.files.certificateList;
  const served = (model: ReturnType<typeof one>) =>
    (model.certificateLists.get(list) ?? []).map(({ serverName, file }) => [serverName, file.split('/').pop()]);

  it('are those of the project that cover the host, the exact one first', () => {
    const model = one({
      routes: [route('a', { tls: true }), route('b', { tls: true }), route('c')],
      certificates: [certificate('wild', '*.example.com'), certificate('z', 'b.example.com')],
    });
    expect(served(model)).toEqual([
      ['a.example.com', 'wild.pem'],
      ['b.example.com', 'z.pem'],
    ]);
  });

  it('answer for no host that the project has no route for, and for no other project’s', () => {
    const model = compile(
      [
        project('p1', { routes: [route('a', { tls: true })] }),
        project('p2', { certificates: [certificate('x', 'a.example.com', 'b.example.com')] }),
      ],
      settings,
      facts,
    );
    expect(served(model)).toEqual([]);
    expect(sentences(model)).toEqual([
      'No certificate of the project covers a.example.com: HTTPS is not answered for it.',
    ]);
  });

  it('are the ones that routes choose, when they do', () => {
    const certificates = [certificate('x', 'a.example.com'), certificate('y', 'a.example.com')];
    const routes = [
      route('a', { tls: true, certificateId: 'y' }),
      route('b', { tls: true, certificateId: 'z' }),
      route('t', { kind: 'tcp', host: '', port: 5_432, tls: true, certificateId: 'x' }),
    ];
    const model = one({ routes, certificates });
    expect(served(model)).toEqual([['a.example.com', 'y.pem']]);
    expect(model.certificateLists.get(model.tcpFrontends[0]?.certificateList ?? '')).toHaveLength(1);
    expect(sentences(model)).toEqual([expect.stringMatching(/covers b\.example\.com/)]);
  });

  it('are not redirected to when there are none', () => {
    const routes = [route('a', { tls: true, redirectToHttps: true })];
    expect(one({ routes }).backends[0]?.redirectToHttps).toBe(false);
    const with_ = one({ routes, certificates: [certificate('x', 'a.example.com')] });
    expect(with_.backends[0]?.redirectToHttps).toBe(true);
  });

  it('that the load balancer refused are left out, with what it said', () => {
    const model = one(
      { routes: [route('a', { tls: true })], certificates: [certificate('x', 'a.example.com')] },
      { refusedCertificates: new Map([['x', 'the key is too short']]) },
    );
    expect(served(model)).toEqual([]);
    expect(sentences(model)[0]).toContain('(a certificate was left out: the key is too short)');
  });

  it('of a TCP port with TLS are all of the project’s', () => {
    const routes = [route('a', { kind: 'tcp', host: '', port: 5_432, tls: true })];
    const model = one({ routes, certificates: [certificate('y', 'y.example'), certificate('x', 'x.example')] });
    const [front] = model.tcpFrontends;
    expect(model.certificateLists.get(front?.certificateList ?? '')).toEqual([
      { file: '/edge/certificates/x.pem', serverName: null },
      { file: '/edge/certificates/y.pem', serverName: null },
    ]);
    expect(sentences(one({ routes }))).toEqual([expect.stringMatching(/no certificate for TLS on port 5432/)]);
  });
});
