import { readFileSync } from 'node:fs';
import { RouteRegistry } from '#libs/dialects/kit/access/route-registry.js';
import { Cast } from './cast.js';

let cast: Cast;
beforeAll(async () => {
  cast = await Cast.open();
});
afterAll(() => cast.close());

it('shows a page that loads nothing from elsewhere', async () => {
  const page = await cast.call('GET', '/docs', null);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(loaded).toHaveLength(3);
  for (const path of loaded) expect((await cast.call('GET', path, null)).status).toBe(200);
});

it('describes every route of the management API, as the committed file does', async () => {
  const described = JSON.parse((await cast.call('GET', '/docs/openapi.json', null)).text) as {
    paths: Record<string, object>;
  };
  const calls = Object.entries(described.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = cast.app
    .get(RouteRegistry, { strict: false })
    .routes.filter(({ path }) => /^\/(api\/v1|\.well-known)\//.test(path))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(calls.sort()).toEqual([...served].sort());
  expect(described).toEqual(
    JSON.parse(readFileSync(new URL('../../../docs/api/openapi.json', import.meta.url), 'utf8')),
  );
});
