import { compile } from '../compile/compile.js';
import { endpoint, facts, project, route, settings, target } from '../testing/edge-fixture.js';
import type { EdgeRoute } from '../state.js';
import { configurationText, covers, fingerprint, shapeOf } from './render.js';
import { word } from './word.js';

const model = (...routes: EdgeRoute[]) => compile([project('p', { routes })], settings, facts);
const shape = (...routes: EdgeRoute[]) => shapeOf(model(...routes), settings);

describe('what makes a reload necessary', () => {
  const plain = route('a', { targets: [target(1, endpoint('10.64.0.2', 80))] });
  const before = shape(plain);

  it('is not who serves, nor with what weight', () => {
    const other = [target(3, endpoint('10.64.0.9', 81), endpoint('10.64.0.8', 81))];
    expect(fingerprint(shape(route('a', { targets: other })))).toBe(fingerprint(before));
  });

  it.each([
    ['affinity', { cookieAffinity: true }],
    ['HSTS', { hstsMaxAgeSeconds: 60 }],
    ['the PROXY protocol', { proxyProtocol: 'v2' as const }],
    ['a health check', { healthCheck: { ...plain.healthCheck, intervalMs: 5_000 } }],
  ])('is %s', (_, given) => {
    expect(covers(before, shape({ ...plain, ...given }))).toBe(false);
  });

  it('is a new route, but not one that went', () => {
    const both = shape(plain, route('b'));
    expect(covers(before, both)).toBe(false);
    expect(covers(both, before)).toBe(true);
  });

  it('is a TCP port in either direction: the edge must stop listening', () => {
    const both = shape(plain, route('b', { kind: 'tcp', host: '', port: 5_000 }));
    expect(covers(before, both)).toBe(false);
    expect(covers(both, before)).toBe(false);
  });

  it('is more containers than there is room for', () => {
    const many = Array.from({ length: 9 }, (_, index) => endpoint(`10.64.0.${index + 1}`, 80));
    expect(covers(before, shape({ ...plain, targets: [target(1, ...many)] }))).toBe(false);
  });
});

describe('the configuration', () => {
  it('writes the route’s wishes', () => {
    const text = configurationText(
      model(
        route('a', {
          cookieAffinity: true,
          proxyProtocol: 'v1',
          hstsMaxAgeSeconds: 300,
          healthCheck: { kind: 'http', path: '/up?x=1', acceptedCodes: [200, 204], intervalMs: 500, rise: 1, fall: 2 },
          targets: [target(1, endpoint('10.64.0.2', 80))],
        }),
      ),
      settings,
    );
    for (const line of [
      'backend r_a',
      '  dynamic-cookie-key a',
      "  http-check send meth GET uri '/up?x=1' ver HTTP/1.1 hdr Host a.example.com",
      '  http-check expect status 200,204',
      '  http-response set-header Strict-Transport-Security max-age=300 if { var(txn.tls) -m bool }',
      '  server s1 10.64.0.2:80 weight 256',
      '  server-template s 2-4 0.0.0.0:1 weight 1 disabled',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toMatch(/default-server tcp-ut 8s check inter 500ms .* send-proxy /);
  });

  it('takes no word that could end its quotes or its line', () => {
    expect(word('a b')).toBe("'a b'");
    expect(word('a$b#"')).toBe("'a$b#\"'");
    expect(() => word("a'b")).toThrow();
    expect(() => word('a\nb')).toThrow();
  });
});
