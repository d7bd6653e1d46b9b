import { everyone, holdersOf, isReading } from '#libs/core/authorization/table.js';
import type { Allowed } from '#libs/dialects/kit/access/allow.decorator.js';
import { RouteRegistry, type Route } from '#libs/dialects/kit/access/route-registry.js';
import { roles, type Role } from '#libs/domain/identity/role.js';
import { newId } from '#libs/platform/id.js';
import { Cast, type TenantCast } from './cast.js';
import type { RouteFixture } from './resource.makers.js';
import { routeFixtures, tenantIn, type TenantParameter } from './route.fixtures.js';

/** Every route there is × every role × an own, a foreign and an absent resource, on the whole api. */

let cast: Cast;
let routes: readonly Route[];
beforeAll(async () => {
  cast = await Cast.open();
  routes = cast.app.get(RouteRegistry, { strict: false }).routes;
});
afterAll(() => cast.close());

type Guarded = Route & { allowed: Allowed };
const guarded = (): Guarded[] => routes.filter((route): route is Guarded => route.allowed !== null);
const workload =
  /\/projects\/:project(?=\/(?:services|containers|volumes|backup-targets|backups|backup-schedules|routes|domains|certificates|image-notices|public-ips|file-shares)\b)/;
const nameOf = ({ method, path }: Route) => `${method} ${path.replace('/:namespace', '').replace(workload, '')}`;
const isLetIn = (status: number, also: readonly number[] = []) =>
  (status >= 200 && status < 300) || also.includes(status);

interface Shape {
  route: Guarded;
  fixture: RouteFixture;
  tenant: TenantParameter | null;
  /** The parameters that name a resource, and those above it in the address. */
  resource: readonly string[] | null;
}

function shapeOf(route: Guarded): Shape {
  const parameters = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
  const tenant = parameters.find((name): name is TenantParameter => name in tenantIn) ?? null;
  const resources = parameters.filter((name) => !(name in tenantIn));
  const resource = resources.length > 0 ? resources : null;
  return { route, fixture: routeFixtures[nameOf(route)] ?? {}, tenant, resource };
}

/** Several parameters take the parts of the resource's id, which a `/` separates; what is absent is so from the top. */
const addressOf = ({ route, tenant, resource }: Shape, tenantId: string, resourceId: string): string => {
  const ids = resourceId.split('/');
  return (resource ?? []).reduce(
    (path, name, i) => path.replace(`:${name}`, ids[i] ?? newId()),
    route.path.replace(`:${tenant}`, tenantId),
  );
};

const mayByTable = ({ route: { allowed } }: Shape, role: Role): boolean => {
  const holders = holdersOf(allowed.resource, allowed.verb);
  return holders === everyone || holders.includes(role);
};

/** In a project it is no member of, the operator is as foreign as anybody. */
const isOutside = ({ tenant, fixture }: Shape, role: Role): boolean =>
  role === 'operator' && (fixture.locates === true || (tenant !== null && tenant !== 'organization'));
/** The operator reaches every organization, and the nodes of all. */
const reachesAll = (role: Role) => role === 'operator';

async function ask(shape: Shape, role: Role, address: string, of: TenantCast): Promise<number> {
  const { route, fixture } = shape;
  return (await cast.call(route.method, address, await cast.as(role), fixture.body?.(cast, of))).status;
}

async function own(shape: Shape, role: Role): Promise<void> {
  const { fixture, tenant } = shape;
  const [mine, may] = [cast.own, mayByTable(shape, role) && !fixture.refusedByUseCase?.includes(role)];
  const asker = await cast.as(role);
  const fixed = tenant ? tenantIn[tenant](mine) : '';
  const tenantId = may && fixture.tenant ? await fixture.tenant(cast, mine, asker) : fixed;
  const resourceId = (may || fixture.locates) && fixture.resource ? await fixture.resource(cast, mine, asker) : newId();
  const status = await ask(shape, role, addressOf(shape, tenantId, resourceId), mine);
  if (isOutside(shape, role)) expect(told('own', shape, role, status)).toBe(told('own', shape, role, 404));
  else if (!may) expect(told('own', shape, role, status)).toBe(told('own', shape, role, 403));
  else if (!isLetIn(status, fixture.alsoLetIn)) throw new Error(told('own', shape, role, status));
}

async function foreign(shape: Shape, role: Role): Promise<void> {
  const { fixture, tenant, resource } = shape;
  if (fixture.ofPlatform || (!tenant && !resource)) return;
  const may = mayByTable(shape, role) && !fixture.refusedByUseCase?.includes(role);
  const theirs = cast.foreign;
  const make = () => fixture.resource?.(cast, theirs, theirs.owner) ?? Promise.resolve(newId());
  const inTheirs = await ask(
    shape,
    role,
    addressOf(shape, tenant ? tenantIn[tenant](theirs) : '', await make()),
    theirs,
  );
  if (reachesAll(role) && !fixture.ofUser && !isOutside(shape, role)) {
    if (may && !isLetIn(inTheirs, fixture.alsoLetIn)) throw new Error(told('foreign', shape, role, inTheirs));
    if (!may) expect(told('foreign', shape, role, inTheirs)).toBe(told('foreign', shape, role, 403));
  } else {
    const wanted = tenant || may || fixture.locates ? 404 : 403;
    expect(told('foreign', shape, role, inTheirs)).toBe(told('foreign', shape, role, wanted));
  }
  if (!tenant || !resource || fixture.namesAnyUser) return;
  // Their resource below our own address.
  const inOurs = await ask(shape, role, addressOf(shape, tenantIn[tenant](cast.own), await make()), cast.own);
  const wanted = isOutside(shape, role) || may ? 404 : 403;
  // The operator sees the nodes of all.
  if (reachesAll(role) && isLetIn(inOurs)) return;
  expect(told('foreign below own', shape, role, inOurs)).toBe(told('foreign below own', shape, role, wanted));
}

async function absent(shape: Shape, role: Role): Promise<void> {
  const { tenant, resource, fixture } = shape;
  if (!tenant && !resource) return;
  const may = mayByTable(shape, role) && !fixture.refusedByUseCase?.includes(role);
  const tenantId = tenant ? (resource ? tenantIn[tenant](cast.own) : newId()) : '';
  const status = await ask(shape, role, addressOf(shape, tenantId, newId()), cast.own);
  const unseen =
    isOutside(shape, role) || may || fixture.locates || (tenant !== null && !resource && !reachesAll(role));
  expect(told('absent', shape, role, status)).toBe(told('absent', shape, role, unseen ? 404 : 403));
}

const told = (which: string, { route }: Shape, role: Role, status: number) =>
  `${which}: ${role} ${route.method} ${route.path} → ${status}`;

it('has every route in its table, and no other', () => {
  const known = new Set(guarded().map(nameOf));
  expect([...known].sort()).toEqual(Object.keys(routeFixtures).sort());
});

it('knows the routes that ask for nothing', () => {
  expect(
    [...new Set(routes.filter((route) => !route.allowed).map((route) => `${route.method} ${route.path}`))].sort(),
  ).toEqual([
    'ALL /api/app/v1/*',
    'ALL /api/audit/v1/*',
    'ALL /api/infra/v1/*',
    'ALL /api/repo/v1/*',
    'ALL /v2/*',
    'GET /.well-known/jwks.json',
    'GET /api/v1/health',
    // The token in the query.
    'GET /v2/stacks/:stack/webhooks/pull-image',
    // The secret in the address, or a credential that the handler asks for.
    'POST /api/app/v1/:namespace/service/:uuid/trigger/:trigger/call',
    'POST /api/app/v1/:namespace/service/:uuid/trigger/:trigger/call/:count',
    'POST /api/app/v1/service/:uuid/trigger/:trigger/call',
    'POST /api/app/v1/service/:uuid/trigger/:trigger/call/:count',
    'POST /api/v1/auth/login',
    'POST /api/v1/auth/refresh',
    'POST /v2/authenticate',
    'PUT /v2/users/self/sessions',
  ]);
});

it('lets nobody in without a credential, and a credential that may only read change nothing', async () => {
  for (const route of guarded()) {
    const shape = shapeOf(route);
    const { locates, resource } = shape.fixture;
    const id = locates && resource ? await resource(cast, cast.own, cast.own.owner) : newId();
    const address = addressOf(shape, shape.tenant ? tenantIn[shape.tenant](cast.own) : '', id);
    const body = shape.fixture.body?.(cast, cast.own);
    const anonymous = await cast.call(route.method, address, null, body);
    expect(`${nameOf(route)} → ${anonymous.status}`).toBe(`${nameOf(route)} → 401`);
    if (isReading(route.allowed.verb)) continue;
    const reader = await cast.call(route.method, address, cast.readOnly, body);
    expect(`${nameOf(route)} → ${reader.status}`).toBe(`${nameOf(route)} → 403`);
  }
}, 60_000);

const dialects = [
  '/api/v1/organizations',
  '/api/v1/projects',
  '/api/v1/',
  '/api/app/',
  '/api/audit/',
  '/api/infra/',
  '/api/repo/',
  '/v2/',
  '/',
];
const dialectOf = (path: string) => dialects.find((prefix) => path.startsWith(prefix));

describe.each(roles)('%s', (role) => {
  describe.each(dialects)('%s', (dialect) => {
    const all = async (check: (shape: Shape, role: Role) => Promise<void>) => {
      for (const route of guarded().filter(({ path }) => dialectOf(path) === dialect))
        await check(shapeOf(route), role);
    };
    it('own', () => all(own), 60_000);
    it('foreign', () => all(foreign), 60_000);
    it('absent', () => all(absent), 60_000);
  });
});
