import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { aCertificate, aRouteSpec } from '../store/route.records.js';
import { contextOf, RouteWorld, tcpPorts } from './world.js';

let world: RouteWorld;
let mine: RequestContext;
let theirs: RequestContext;
let service: string;
beforeAll(async () => {
  world = await RouteWorld.open();
});
beforeEach(async () => {
  [mine, theirs] = [await world.tenant(), await world.tenant()];
  service = await world.service(mine, 'Web_Shop');
});
afterEach(() => world.store.sql('DELETE FROM route'));
afterAll(() => world.close());

const create = (context: RequestContext, serviceId: string, given: Record<string, unknown> = {}) =>
  world.routes.create(context, aRouteSpec([{ serviceId }], given));
const name = () => `n${newId().slice(0, 8)}`;

describe('a route', () => {
  it('leads from a host of the organization to services, and tells edges and reconcilers', async () => {
    const host = `${name()}.apps.example`;
    await world.keys();
    const { route, action } = await create(mine, service, { host, path: '/shop/', labels: { tier: 'gold' } });
    expect(route).toMatchObject({
      owned: true,
      spec: {
        kind: 'http',
        host,
        path: '/shop',
        labels: { tier: 'gold' },
        targets: [{ serviceId: service, port: 80 }],
      },
      targets: [{ serviceId: service, serviceName: 'Web_Shop', ready: 0, leaving: 0 }],
    });
    expect(action).toMatchObject({
      verb: 'create',
      resourceType: 'route',
      resourceName: `${host}/shop`,
      state: 'success',
    });
    expect(await world.keys()).toEqual([`service:${service}`]);
    expect(await world.events(mine)).toEqual([{ type: 'route', verb: 'create', state: 'owned' }]);
    expect(await world.used(mine)).toBe(1);
  });

  it('is given a host below the platform’s domain, named after its service', async () => {
    const { route } = await create(mine, service);
    expect(route.spec).toMatchObject({ host: expect.stringMatching(/^web-shop-[0-9a-f]{10}\.apps\.example$/) });
    expect(route.owned).toBe(true);
  });

  it('changes in all it says but its kind, keeps its host or port unless given another, and tells the services it left', async () => {
    const { route } = await create(mine, service);
    const other = await world.service(mine);
    await world.keys();
    const changed = await world.routes.update(
      mine,
      route.id,
      aRouteSpec([{ serviceId: other, weight: 7 }], { drainMs: 5 }),
    );
    expect(changed.route.spec).toEqual({
      ...route.spec,
      targets: [{ serviceId: other, port: 80, weight: 7 }],
      drainMs: 5,
    });
    expect(changed.route.rowVersion).toBe(2);
    expect(await world.keys()).toEqual([`service:${other}`, `service:${service}`].sort());
    await expect(
      world.routes.update(mine, route.id, aRouteSpec([{ serviceId: other }], { kind: 'tcp' })),
    ).rejects.toMatchObject({
      code: 'invalid',
      detail: { field: 'kind' },
    });
  });

  it('goes, with its place in the quota', async () => {
    const { route } = await create(mine, service);
    await world.keys();
    await world.routes.delete(mine, route.id);
    expect(await world.keys()).toEqual([`service:${service}`]);
    expect(await world.used(mine)).toBe(0);
    await expect(world.queries.get(mine, route.id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(world.routes.delete(mine, route.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is nobody else’s to see, change or delete, and takes roles that may', async () => {
    const { route } = await create(mine, service);
    const foreign = await world.service(theirs);
    await expect(world.queries.get(theirs, route.id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(world.routes.delete(theirs, route.id)).rejects.toMatchObject({ code: 'not-found' });
    const update = world.routes.update(theirs, route.id, aRouteSpec([{ serviceId: foreign }]));
    await expect(update).rejects.toMatchObject({ code: 'not-found' });
    await expect(create(mine, foreign)).rejects.toMatchObject({ detail: { field: 'targets.0.serviceId' } });
    await expect(create(contextOf(mine, 'auditor'), service)).rejects.toMatchObject({ code: 'forbidden' });
    expect((await world.queries.list(contextOf(mine, 'auditor'), { limit: 9, offset: 0 })).total).toBe(1);
  });

  it('leads to no service that is being terminated', async () => {
    await world.store.sql(`UPDATE service SET intent = 'terminated' WHERE id = $1`, [service]);
    await expect(create(mine, service)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('counts against the quota, also when counted anew', async () => {
    await world.store.work.platform((tx) => tx.quotas.setLimit(mine.organizationId, null, 'routes', 1));
    await create(mine, service);
    await expect(create(mine, service)).rejects.toMatchObject({
      code: 'quota',
      message: 'The quota of the organization is 1 routes; 1 in use, 1 more asked for.',
    });
    const wrong = await world.store.work.platform((tx) => tx.quotas.recount(mine.organizationId));
    expect(wrong.filter(({ resource }) => resource === 'routes')).toEqual([]);
  });

  it('names certificates of the project that are for its host', async () => {
    const host = `${name()}.apps.example`;
    const [fits, not, foreign] = [
      aCertificate(mine, { names: ['*.apps.example'] }),
      aCertificate(mine),
      aCertificate(theirs, { names: ['*.apps.example'] }),
    ];
    await world.store.work.platform(async (tx) => {
      for (const certificate of [fits, not, foreign]) await tx.certificates.insert(certificate, null);
    });
    for (const wrong of [not.id, foreign.id, newId()]) {
      await expect(create(mine, service, { host, certificateId: wrong })).rejects.toMatchObject({
        detail: { field: 'certificateId' },
      });
    }
    const { route } = await create(mine, service, { host, certificateId: fits.id });
    expect(route.spec.certificateId).toBe(fits.id);
    await expect(world.certificates.delete(mine, fits.id)).rejects.toMatchObject({
      code: 'state',
      message: expect.stringContaining(host),
    });
  });
});

describe('hosts', () => {
  it('below the platform’s domain are for the first who asks, with all below them, until the last route is gone', async () => {
    const [label, theirService] = [name(), await world.service(theirs)];
    const host = `${label}.apps.example`;
    const { route } = await create(mine, service, { host });
    for (const taken of [host, `*.${host}`, `deep.${host}`]) {
      await expect(create(theirs, theirService, { host: taken, path: '/other' })).rejects.toMatchObject({
        code: 'conflict',
        detail: { field: 'host' },
      });
    }
    const below = await create(mine, service, { host: `deep.${host}` });
    expect(below.route.owned).toBe(true);
    await world.routes.delete(mine, route.id);
    await expect(create(theirs, theirService, { host })).rejects.toMatchObject({ code: 'conflict' });
    await world.routes.update(
      mine,
      below.route.id,
      aRouteSpec([{ serviceId: service }], { host: `${name()}.apps.example` }),
    );
    expect((await create(theirs, theirService, { host })).route.owned).toBe(true);
    await expect(create(mine, service, { host })).rejects.toMatchObject({ code: 'conflict' });
  });

  it('are given to one of several who ask at once', async () => {
    const host = `${name()}.apps.example`;
    const contexts = await Promise.all(Array.from({ length: 6 }, () => world.tenant()));
    const services = await Promise.all(contexts.map((context) => world.service(context)));
    const results = await Promise.allSettled(
      contexts.map((context, at) => create(context, services[at] ?? '', { host })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
    );
    expect(new Set(codes)).toEqual(new Set(['conflict']));
    const owned = await world.store.sql(`SELECT FROM route WHERE host = $1`, [host]);
    expect(owned).toHaveLength(1);
  });

  it('are never the platform’s domain itself, nor everything below it', async () => {
    for (const host of ['apps.example', '*.apps.example']) {
      await expect(create(mine, service, { host })).rejects.toMatchObject({
        code: 'invalid',
        detail: { field: 'host' },
      });
    }
  });

  it('have one route for each path in an organization, in whichever project', async () => {
    const host = `${name()}.apps.example`;
    await create(mine, service, { host, path: '/a' });
    expect((await create(mine, service, { host, path: '/b' })).route.owned).toBe(true);
    const sibling = await world.project(mine);
    const beside = await world.service(sibling);
    await expect(create(sibling, beside, { host, path: '/a/' })).rejects.toMatchObject({ code: 'conflict' });
    expect((await create(sibling, beside, { host, path: '/c' })).route.owned).toBe(true);
  });

  it('of others wait for their owner’s proof, and are in nobody’s way', async () => {
    const host = `${name()}.company.example`;
    const theirService = await world.service(theirs);
    const [first, second] = [await create(mine, service, { host }), await create(theirs, theirService, { host })];
    expect([first.route.owned, second.route.owned]).toEqual([false, false]);
    expect(await world.queries.get(mine, first.route.id)).toMatchObject({
      state: 'pending-ownership',
      problems: expect.arrayContaining([expect.stringContaining(host)]),
    });
  });
});

describe('TCP routes', () => {
  const tcp = (context: RequestContext, serviceId: string, port?: number) =>
    create(context, serviceId, { kind: 'tcp', ...(port ? { port } : {}) });

  it('have a port of their own, across organizations', async () => {
    const theirService = await world.service(theirs);
    const { route } = await tcp(mine, service, 20_001);
    expect(route).toMatchObject({ owned: true, spec: { kind: 'tcp', port: 20_001 } });
    await expect(tcp(theirs, theirService, 20_001)).rejects.toMatchObject({
      code: 'conflict',
      detail: { field: 'port' },
    });
  });

  it('are given free ones, however many ask at once, until there are no more', async () => {
    const all = tcpPorts.to - tcpPorts.from + 1;
    const results = await Promise.all(Array.from({ length: all }, () => tcp(mine, service)));
    const ports = results.map(({ route }) => (route.spec.kind === 'tcp' ? route.spec.port : null));
    expect(new Set(ports).size).toBe(all);
    await expect(tcp(mine, service)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
