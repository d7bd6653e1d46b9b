import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { RouteSites, type SitePath } from '#libs/core/route/route.sites.js';
import { newId } from '#libs/platform/id.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { aRouteSpec } from '../store/route.records.js';
import { RouteWorld } from './world.js';

describe('hosts with their paths', () => {
  let world: RouteWorld;
  let sites: RouteSites;
  let context: RequestContext;
  let [web, api] = ['', ''];
  beforeAll(async () => {
    world = await RouteWorld.open();
    const { store, routes, queries, domains, certificates } = world;
    sites = new RouteSites(store.work, routes, queries, domains, certificates);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    context = await world.tenant();
    [web, api] = [await world.service(context, 'web'), await world.service(context, 'api')];
    world.dns.clear();
  });

  let hosts = 0;
  const aHost = () => `host-${++hosts}.apps.example`;
  const to = (serviceId: string, path = '/', port = 80): SitePath => ({ path, serviceId, port });
  const pathsOf = async (id: string) => {
    const { routes } = await sites.get(context, id);
    return Object.fromEntries(routes.map(({ spec }) => [spec.path, spec.targets.map((target) => target.serviceId)]));
  };
  const usedRoutes = async () =>
    (await world.store.work.tenantRead(context, (tx) => tx.quotas.usage(context.organizationId, context.projectId)))
      .filter(({ resource }) => resource === 'routes')
      .map(({ used }) => used)[0];

  it('are made whole, with a certificate asked for, or not at all', async () => {
    const host = aHost();
    const site = await sites.create(context, host.toUpperCase(), [to(web), to(api, '/api/', 8080)]);
    expect(site).toMatchObject({ host, owned: true, chosen: null, shown: null, requested: { names: [host] } });
    expect(await pathsOf(site.id)).toEqual({ '/': [web], '/api': [api] });
    expect(site.routes.every(({ spec }) => spec.redirectToHttps)).toBe(true);
    for (const { id } of site.routes) expect((await sites.get(context, id)).id).toBe(site.id);
    await expect(sites.create(context, aHost(), [to(web), to(newId(), '/b')])).rejects.toMatchObject({
      code: 'invalid',
      detail: { field: 'paths.1.targets.0.serviceId' },
    });
    await expect(sites.create(context, aHost(), [to(web), to(api, 'b')])).rejects.toMatchObject({
      detail: { field: 'paths.1.path' },
    });
    expect(await sites.list(context)).toHaveLength(1);
    expect(await usedRoutes()).toBe(2);
  });

  it('are there once', async () => {
    const host = aHost();
    await sites.create(context, host, [to(web)]);
    await expect(sites.create(context, host, [to(api, '/more')])).rejects.toMatchObject({ code: 'conflict' });
    await expect(sites.create(context, aHost(), [])).rejects.toMatchObject({ detail: { field: 'paths' } });
  });

  it.each([
    ['other targets', ['/', '/a'], ['/', '/a']],
    ['one more', ['/'], ['/', '/a', '/b']],
    ['one less', ['/', '/a', '/b'], ['/', '/b']],
    ['without the oldest', ['/a', '/b'], ['/b']],
    ['all others', ['/a', '/b'], ['/c', '/d', '/e']],
    ['the oldest in another place', ['/a', '/b'], ['/b', '/c']],
  ])('keep their id with %s', async (_what, before, after) => {
    const site = await sites.create(
      context,
      aHost(),
      before.map((path) => to(web, path)),
    );
    await sites.setPaths(
      context,
      site.id,
      after.map((path) => to(api, path)),
    );
    expect(await pathsOf(site.id)).toEqual(Object.fromEntries(after.map((path) => [path, [api]])));
    expect((await sites.get(context, site.id)).id).toBe(site.id);
    expect(await usedRoutes()).toBe(after.length);
    await expect(sites.setPaths(context, site.id, [])).rejects.toMatchObject({ detail: { field: 'paths' } });
    await expect(sites.setPaths(context, site.id, [to(newId(), '/z')])).rejects.toMatchObject({
      detail: { field: 'paths.0.targets.0.serviceId' },
    });
    expect(Object.keys(await pathsOf(site.id)).sort()).toEqual([...after].sort());
  });

  it('keep how requests are divided on a path that stays', async () => {
    const host = aHost();
    const targets = [
      { serviceId: web, weight: 90 },
      { serviceId: api, weight: 10 },
    ];
    const { route } = await world.routes.create(context, aRouteSpec(targets, { host, drainMs: 1_000 }));
    await sites.setPaths(context, route.id, [to(web), to(api, '/api')]);
    const site = await sites.get(context, route.id);
    expect(site.routes.map(({ spec }) => [spec.path, spec.targets.length, spec.drainMs])).toEqual([
      ['/', 2, 1_000],
      ['/api', 1, 1_000],
    ]);
  });

  it('have a domain to prove a foreign host by, and are served once it is proven', async () => {
    const site = await sites.create(context, 'shop.foreign.example', [to(web)]);
    expect(site).toMatchObject({ owned: false, domain: { name: 'shop.foreign.example', verifiedAt: null } });
    await expect(sites.verify(context, site.id)).rejects.toMatchObject({ code: 'state' });
    world.dns.setText('_pierhead.shop.foreign.example', `pierhead-verification=${site.domain?.token}`);
    world.clock.advance(10_000);
    await sites.verify(context, site.id);
    expect((await sites.get(context, site.id)).owned).toBe(true);
    await sites.verify(context, site.id);
    await world.prove(context, 'wide.example');
    expect(await sites.create(context, 'below.wide.example', [to(web)])).toMatchObject({
      owned: true,
      domain: { name: 'wide.example' },
    });
    expect((await sites.create(context, '*.star.example', [to(web)])).requested).toBeNull();
  });

  it('show a certificate of one’s own, or go back to one that is issued', async () => {
    const authority = await FakeCertificateAuthority.create();
    const host = aHost();
    const site = await sites.create(context, host, [to(web), to(api, '/api')]);
    const pair = await authority.issueNamed(host, [host]);
    const { certificate } = await world.certificates.upload(context, {
      chain: pair.certificatePem,
      key: pair.privateKeyPem,
    });
    await sites.setCertificate(context, site.id, certificate.id);
    const chosen = await sites.get(context, site.id);
    expect(chosen).toMatchObject({ chosen: { id: certificate.id }, shown: { id: certificate.id } });
    expect(chosen.routes.map(({ spec }) => spec.certificateId)).toEqual([certificate.id, certificate.id]);
    await sites.setCertificate(context, site.id, null);
    expect((await sites.get(context, site.id)).chosen).toBeNull();
    await expect(sites.setCertificate(context, site.id, newId())).rejects.toMatchObject({
      detail: { field: 'certificateId' },
    });
  });

  it('are asked for a certificate once, and again when it is wanted', async () => {
    const site = await sites.create(context, aHost(), [to(web)]);
    await sites.requestCertificate(context, site.id);
    expect((await world.certificates.list(context, 10, 0)).rows.map(({ id }) => id)).toEqual([site.requested?.id]);
  });

  it('leave nothing behind', async () => {
    const site = await sites.create(context, 'gone.foreign.example', [to(web), to(api, '/api')]);
    await sites.delete(context, site.id);
    expect(await sites.list(context)).toEqual([]);
    expect((await world.certificates.list(context, 10, 0)).rows).toEqual([]);
    expect((await world.domains.list(context, 10, 0)).rows).toEqual([]);
    expect(await usedRoutes()).toBe(0);
    await expect(sites.get(context, site.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are the project’s own', async () => {
    const site = await sites.create(context, aHost(), [to(web)]);
    const stranger = await world.tenant();
    for (const call of [
      () => sites.get(stranger, site.id),
      () => sites.setPaths(stranger, site.id, [to(web)]),
      () => sites.delete(stranger, site.id),
      () => sites.verify(stranger, site.id),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not-found' });
    }
  });
});
