import { canonicalRoute, routeSpec, type RouteSpec } from './route.js';
import { routeState } from './state.js';

const ports = { from: 20_000, to: 20_009 };
const [blue, green] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const targets = [{ serviceId: blue, port: 80 }];
const read = (given: object): RouteSpec => routeSpec.parse({ targets, ...given });
const kept = (given: object) => canonicalRoute(read(given), ports);
const field = (given: object) => {
  try {
    kept(given);
    return null;
  } catch (error) {
    return (error as { detail: { field?: string } }).detail.field;
  }
};

describe('the definition of a route', () => {
  it('has defaults for all but its targets', () => {
    expect(kept({ kind: 'http' })).toEqual({
      kind: 'http',
      host: null,
      path: '/',
      redirectToHttps: false,
      hstsMaxAgeSeconds: 0,
      targets: [{ serviceId: blue, port: 80, weight: 100 }],
      certificateId: null,
      cookieAffinity: false,
      proxyProtocol: 'none',
      healthCheck: { kind: 'tcp', path: '/', acceptedCodes: [], intervalMs: 2_000, rise: 2, fall: 3 },
      drainMs: 10_000,
      labels: {},
    });
    expect(kept({ kind: 'tcp' })).toMatchObject({ kind: 'tcp', port: null, tls: false });
  });

  it('keeps names in lower case and paths without a slash at their end', () => {
    expect(kept({ kind: 'http', host: 'Shop.Example.com', path: '/a/b/' })).toMatchObject({
      host: 'shop.example.com',
      path: '/a/b',
    });
    expect(kept({ kind: 'http', path: '/' })).toMatchObject({ path: '/' });
    expect(kept({ kind: 'http', path: '/%C3%BC/~x' })).toMatchObject({ path: '/%C3%BC/~x' });
  });

  it.each([
    '',
    'a',
    '//',
    '/a//b',
    '/a/../b',
    '/%2e%2e/a',
    '/a/.',
    '/a?b',
    '/a#b',
    '/a b',
    '/ü',
    '/a\nb',
    '/%zz',
    '/"',
    '/a;b',
    "/'",
  ])('refuses the path %p', (path) => expect(field({ kind: 'http', path })).toBe('path'));

  it('lets a check ask with a query', () => {
    expect(kept({ kind: 'http', healthCheck: { kind: 'http', path: '/up/?deep=1' } })).toMatchObject({
      healthCheck: { path: '/up/?deep=1' },
    });
    for (const path of ['/a b', '/a?b c', 'up', '/up?x\r\nHost: a', '/a#b']) {
      expect(field({ kind: 'http', healthCheck: { kind: 'http', path } })).toBe('healthCheck.path');
    }
  });

  it.each(['10.0.0.1', 'localhost', 'a.*.example.com', 'a..example'])('refuses the host %p', (host) =>
    expect(field({ kind: 'http', host })).toBe('host'),
  );

  it('takes TCP ports from the range only, and no cookies there', () => {
    expect(kept({ kind: 'tcp', port: 20_009 })).toMatchObject({ port: 20_009 });
    expect(field({ kind: 'tcp', port: 19_999 })).toBe('port');
    expect(field({ kind: 'tcp', port: 20_010 })).toBe('port');
    expect(field({ kind: 'tcp', cookieAffinity: true })).toBe('cookieAffinity');
  });

  it('divides over several services, each port of one once, one of them with a weight', () => {
    const canary = [
      { serviceId: blue, port: 80, weight: 90 },
      { serviceId: green, port: 80, weight: 10 },
    ];
    expect(kept({ kind: 'http', targets: canary }).targets).toEqual(canary);
    expect(field({ kind: 'http', targets: [...canary, { serviceId: blue, port: 80, weight: 1 }] })).toBe('targets.2');
    expect(field({ kind: 'http', targets: [{ serviceId: blue, port: 80, weight: 0 }] })).toBe('targets');
    expect(routeSpec.safeParse({ kind: 'http', targets: [] }).success).toBe(false);
  });

  it('knows nothing else', () => {
    expect(routeSpec.safeParse({ kind: 'http', targets, port: 80 }).success).toBe(false);
    expect(routeSpec.safeParse({ kind: 'tcp', targets, host: 'a.example' }).success).toBe(false);
    expect(routeSpec.safeParse({ kind: 'udp', targets }).success).toBe(false);
  });
});

describe('the state of a route', () => {
  it('waits for its host, then for containers', () => {
    expect(routeState({ owned: false, endpoints: 3 })).toBe('pending-ownership');
    expect(routeState({ owned: true, endpoints: 0 })).toBe('no-endpoints');
    expect(routeState({ owned: true, endpoints: 1 })).toBe('active');
  });
});
