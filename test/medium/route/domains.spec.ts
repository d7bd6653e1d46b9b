import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { aRouteSpec } from '../store/route.records.js';
import { RouteWorld } from './world.js';

let world: RouteWorld;
let mine: RequestContext;
let theirs: RequestContext;
/** A domain that no other test has. */
let company: string;
beforeAll(async () => {
  world = await RouteWorld.open();
});
beforeEach(async () => {
  world.dns.clear();
  [mine, theirs] = [await world.tenant(), await world.tenant()];
  company = `c${newId().slice(0, 8)}.example`;
});
afterAll(() => world.close());

const route = async (context: RequestContext, host: string) => {
  const service = await world.service(context);
  return (await world.routes.create(context, aRouteSpec([{ serviceId: service }], { host }))).route;
};
const owned = async (context: RequestContext, id: string) => (await world.queries.get(context, id)).owned;
const again = () => world.clock.advance(4_000);

describe('a domain', () => {
  it('is claimed, proven by DNS, and then its waiting routes are served, in every project', async () => {
    const sibling = await world.project(mine);
    const [apex, below, star, beside, elsewhere] = [
      await route(mine, company),
      await route(mine, `shop.${company}`),
      await route(mine, `*.${company}`),
      await route(sibling, `blog.${company}`),
      await route(mine, `x${company}`),
    ];
    const { domain, action } = await world.domains.create(mine, company.toUpperCase());
    expect(domain).toMatchObject({ name: company, verifiedAt: null, token: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(action).toMatchObject({ resourceType: 'domain', resourceName: company });
    const failed = await world.domains.verify(mine, company);
    expect(failed).toMatchObject({ verifiedAt: null, problem: expect.stringContaining(`_pierhead.${company}`) });
    world.dns.setText(`_pierhead.${company}`, `pierhead-verification=${domain.token}`);
    again();
    await world.keys();
    expect(await world.domains.verify(mine, domain.id)).toMatchObject({ verifiedBy: 'dns', problem: null });
    for (const each of [apex, below, star]) expect(await owned(mine, each.id)).toBe(true);
    expect(await owned(sibling, beside.id)).toBe(true);
    expect(await owned(mine, elsewhere.id)).toBe(false);
    expect(await world.keys()).toHaveLength(4);
    expect((await world.events(sibling)).at(-1)).toEqual({ type: 'route', verb: 'update', state: 'owned' });
    expect((await route(mine, `later.${company}`)).owned).toBe(true);
    expect(await world.domains.verify(mine, company)).toMatchObject({ verifiedBy: 'dns' });
  });

  it('has certificates that wait for it looked at again', async () => {
    const { certificate } = await world.certificates.request(mine, [`shop.${company}`]);
    await world.keys();
    await world.prove(mine, company);
    expect(await world.keys()).toEqual([`certificate:${certificate.id}`]);
  });

  it('claimed by another organization without proof is in nobody’s way', async () => {
    await world.domains.create(theirs, company);
    const stranger = await route(theirs, company);
    const own = await route(mine, company);
    await world.prove(mine, company);
    expect([await owned(theirs, stranger.id), await owned(mine, own.id)]).toEqual([false, true]);
    again();
    expect(await world.domains.verify(theirs, company)).toMatchObject({ verifiedAt: null });
    expect(await owned(mine, own.id)).toBe(true);
  });

  it('belongs to whoever has proven the nearest name', async () => {
    await world.prove(mine, company);
    const [upper, lower] = [await route(mine, `a.${company}`), await route(mine, `x.team.${company}`)];
    const waiting = await route(theirs, `x.team.${company}`);
    await world.prove(theirs, `team.${company}`);
    expect([await owned(mine, upper.id), await owned(mine, lower.id)]).toEqual([true, false]);
    expect(await owned(theirs, waiting.id)).toBe(true);
    expect((await route(mine, `y.team.${company}`)).owned).toBe(false);
    await expect(world.domains.delete(theirs, `team.${company}`)).rejects.toMatchObject({ code: 'state' });
    await world.routes.delete(theirs, waiting.id);
    await world.domains.delete(theirs, `team.${company}`);
    expect(await owned(mine, lower.id)).toBe(true);
  });

  it('is taken over by who proves it when the former proof is gone, and not before', async () => {
    const { token } = await world.prove(mine, company);
    const former = await route(mine, company);
    const next = await route(theirs, company);
    const { domain } = await world.domains.create(theirs, company);
    const texts = [token, domain.token].map((each) => `pierhead-verification=${each}`);
    world.dns.setText(`_pierhead.${company}`, ...texts);
    await expect(world.domains.verify(theirs, company)).rejects.toMatchObject({ code: 'conflict' });
    world.dns.setText(`_pierhead.${company}`, texts[1] ?? '');
    again();
    expect(await world.domains.verify(theirs, company)).toMatchObject({ verifiedBy: 'dns' });
    expect([await owned(mine, former.id), await owned(theirs, next.id)]).toEqual([false, true]);
    expect(await world.domains.get(mine, company)).toMatchObject({
      verifiedAt: null,
      problem: expect.stringContaining('Another organization'),
    });
  });

  it('proven in one project holds for the others, which need not prove it', async () => {
    await world.prove(mine, company);
    const sibling = await world.project(mine);
    const claim = world.prove(sibling, company);
    await expect(claim).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('holds for this one'),
    });
    expect((await route(sibling, company)).owned).toBe(true);
  });

  it('is looked at once in a while, not at every call', async () => {
    await world.domains.create(mine, company);
    await world.domains.verify(mine, company);
    const asked = world.dns.queries;
    await expect(world.domains.verify(mine, company)).rejects.toMatchObject({
      code: 'rate-limited',
      detail: { retryAfterSeconds: 3 },
    });
    expect(world.dns.queries).toBe(asked);
  });

  it('is no host with a star, no address, and nothing of the platform’s', async () => {
    for (const name of ['*.a.example', '10.0.0.1', 'localhost', 'apps.example', 'a.apps.example']) {
      await expect(world.domains.create(mine, name)).rejects.toMatchObject({
        code: 'invalid',
        detail: { field: 'name' },
      });
    }
    await world.domains.create(mine, company);
    await expect(world.domains.create(mine, company)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is given up when no route needs it', async () => {
    await world.prove(mine, company);
    const { id } = await route(mine, `shop.${company}`);
    await expect(world.domains.delete(mine, company)).rejects.toMatchObject({
      code: 'state',
      message: expect.stringContaining(`shop.${company}`),
    });
    expect(await owned(mine, id)).toBe(true);
    await world.routes.delete(mine, id);
    expect(await world.domains.delete(mine, company)).toMatchObject({ verb: 'delete' });
    await expect(world.domains.get(mine, company)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that came with a route goes with it', async () => {
    const { id, spec } = await route(mine, `${company.split('.')[0]}.apps.example`);
    const host = spec.kind === 'http' ? (spec.host ?? '') : '';
    expect(await world.domains.get(mine, host)).toMatchObject({ granted: true, verifiedBy: 'default-domain' });
    await expect(world.domains.delete(mine, host)).rejects.toMatchObject({ code: 'state' });
    await world.routes.delete(mine, id);
    expect((await world.domains.list(mine, 10, 0)).total).toBe(0);
  });

  it('is nobody else’s to see, verify or delete', async () => {
    const { domain } = await world.domains.create(mine, company);
    for (const call of [
      () => world.domains.get(theirs, domain.id),
      () => world.domains.verify(theirs, domain.id),
      () => world.domains.delete(theirs, domain.id),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'not-found' });
    }
  });

  it('changes hands for all or for none of those who race for it and its routes', async () => {
    const contexts = [mine, theirs, await world.tenant()];
    const claims = await Promise.all(contexts.map((context) => world.domains.create(context, company)));
    const texts = claims.map(({ domain }) => `pierhead-verification=${domain.token}`);
    world.dns.setText(`_pierhead.${company}`, ...texts);
    const work = contexts.flatMap((context) => [
      world.domains.verify(context, company),
      route(context, `shop.${company}`),
      route(context, company),
    ]);
    await Promise.allSettled(work);
    const rows = await world.store.sql<{ host: string; owned: boolean; owns: boolean }>(
      `SELECT r.host, r.owned, EXISTS (SELECT FROM domain d WHERE d.name = $1 AND d.verified_at IS NOT NULL
                AND d.organization_id = r.organization_id) AS owns
         FROM route r WHERE r.host LIKE '%' || $1`,
      [company],
    );
    expect(rows).toHaveLength(6);
    expect(rows.filter(({ owned: has, owns }) => has !== owns)).toEqual([]);
    expect(rows.filter(({ owned: has }) => has)).toHaveLength(2);
  });
});
