import fc from 'fast-check';
import { compile } from '../compile/compile.js';
import type { EdgeProject, EdgeRoute } from '../state.js';
import { facts, settings } from '../testing/edge-fixture.js';
import { certificateListText, configurationText, mapText } from './render.js';

/** Text as somebody would send it who wants more than a route: whole directives, quotes, variables, line ends. */
const nasty = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[a-z0-9.*/'"\\#${}%;\s-]{0,40}$/),
  fc.constantFrom(
    'a.example.com',
    '/x',
    'x\nlisten all\n  bind :9999',
    "x' } \n  server s9 1.2.3.4:80",
    '"; show info',
    '${HOME}',
    'a.example.com #',
    '%[env(HOME)]',
    '10.64.0.2',
  ),
);
const number = fc.oneof(fc.integer({ min: -5, max: 70_000 }), fc.double(), fc.constant(Number.NaN));
const route: fc.Arbitrary<EdgeRoute> = fc.record({
  routeId: fc.oneof(nasty, fc.uuid()),
  kind: fc.constantFrom('http' as const, 'tcp' as const),
  host: nasty,
  path: nasty,
  port: number,
  tls: fc.boolean(),
  certificateId: fc.option(nasty),
  redirectToHttps: fc.boolean(),
  hstsMaxAgeSeconds: fc.nat(),
  cookieAffinity: fc.boolean(),
  proxyProtocol: fc.constantFrom('none' as const, 'v1' as const, 'v2' as const),
  healthCheck: fc.record({
    kind: fc.constantFrom('none' as const, 'tcp' as const, 'http' as const),
    path: nasty,
    acceptedCodes: fc.array(number, { maxLength: 3 }),
    intervalMs: number,
    rise: number,
    fall: number,
  }),
  targets: fc.array(
    fc.record({
      serviceId: nasty,
      port: number,
      weight: fc.nat(1_000),
      endpoints: fc.array(fc.record({ containerId: nasty, address: nasty, port: number, draining: fc.boolean() }), {
        maxLength: 4,
      }),
    }),
    { maxLength: 2 },
  ),
  drainMs: number,
});
const project: fc.Arbitrary<EdgeProject> = fc.record({
  projectId: nasty,
  routes: fc.array(route, { maxLength: 4 }),
  certificates: fc.array(fc.record({ certificateId: nasty, names: fc.array(nasty), chainPem: nasty, keyPem: nasty }), {
    maxLength: 2,
  }),
  challenges: fc.array(fc.record({ host: nasty, token: nasty, response: nasty }), { maxLength: 2 }),
});

/** Every form that a line of a route’s part may have; words of tenants only where the parentheses are. */
const forms = [
  /^$/,
  /^backend r_[A-Za-z0-9-]+$/,
  /^frontend t_[A-Za-z0-9-]+$/,
  /^ {2}mode (http|tcp)$/,
  /^ {2}balance (roundrobin|leastconn)$/,
  /^ {2}timeout (client|server) 24h$/,
  /^ {2}dynamic-cookie-key [A-Za-z0-9-]+$/,
  /^ {2}cookie pierhead-affinity insert indirect nocache dynamic httponly$/,
  /^ {2}http-request redirect location https:\/\/%\[var\(txn.host\)\]:8444%\[capture.req.uri\] code 308 unless \{ var\(txn\.tls\) -m bool \}$/,
  /^ {2}retry-on conn-failure empty-response junk-response$/,
  /^ {2}http-request disable-l7-retry unless \{ method GET HEAD OPTIONS TRACE \}$/,
  /^ {2}http-response set-header Strict-Transport-Security max-age=\d+ if \{ var\(txn\.tls\) -m bool \}$/,
  /^ {2}option httpchk$/,
  /^ {2}http-check send meth GET uri ('\/[^\s'\\;]*'|\/[^\s'"\\;#$]*)( ver HTTP\/1.1 hdr Host [a-z0-9.-]+)?$/,
  /^ {2}http-check expect status (200-399|\d{3}(,\d{3})*)$/,
  /^ {2}default-server tcp-ut 8s( check inter \d+ms fastinter \d+ms downinter \d+ms rise \d+ fall \d+ observe layer4 error-limit 3 on-error sudden-death)?( send-proxy(-v2)?)?( pool-purge-delay 30s)?$/,
  /^ {2}server s\d+ \d+\.\d+\.\d+\.\d+:\d+ weight \d+$/,
  /^ {2}server-template s \d+-\d+ 0\.0\.0\.0:1 weight 1 disabled$/,
  /^ {2}bind 127\.0\.0\.1:\d+( ssl crt-list \/edge\/tcp-[A-Za-z0-9-]+\.list)?$/,
  /^ {2}default_backend r_[A-Za-z0-9-]+$/,
];

describe('the load balancer’s files', () => {
  const empty = configurationText(compile([], settings, facts), settings).split('\n');

  it('hold nothing but the lines of a route, whatever its words are', () => {
    fc.assert(
      fc.property(fc.array(project, { maxLength: 3 }), (projects) => {
        const model = compile(projects, settings, facts);
        const lines = configurationText(model, settings).split('\n');
        const own = lines.slice(empty.length - 1);
        expect(lines.slice(0, empty.length - 1).filter((line) => !line.startsWith('  description'))).toEqual(
          empty.slice(0, -1).filter((line) => !line.startsWith('  description')),
        );
        for (const line of own) expect(forms.some((form) => form.test(line)) ? '' : line).toBe('');
        expect(own.filter((line) => line.startsWith('backend'))).toHaveLength(model.backends.length);
        for (const text of [mapText(model.routes), mapText(model.challenges)]) {
          for (const line of text.split('\n').slice(0, -1))
            expect(line).toMatch(/^[a-z0-9*][^\s;'"\\#]* [A-Za-z0-9_.-]+$/);
        }
        for (const lists of model.certificateLists.values()) {
          for (const line of certificateListText(lists).split('\n').slice(0, -1)) {
            expect(line).toMatch(/^\/edge\/certificates\/[A-Za-z0-9-]+\.pem( [a-z0-9.*-]+)?$/);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('say of every route that it is served, or why not', () => {
    fc.assert(
      fc.property(fc.array(route, { maxLength: 6 }), (routes) => {
        const model = compile([{ projectId: 'p', routes, certificates: [], challenges: [] }], settings, facts);
        const told = new Set([...model.backends, ...model.problems].map(({ routeId }) => routeId));
        for (const { routeId } of routes) {
          if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(routeId)) expect(told.has(routeId)).toBe(true);
        }
      }),
    );
  });
});
