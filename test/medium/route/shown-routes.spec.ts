import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { aCertificate, aRouteSpec } from '../store/route.records.js';
import { RouteWorld } from './world.js';

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

describe('what a route shows', () => {
  it('is pending, without endpoints, or active, with what edges say and where they are', async () => {
    const edge = await world.edge();
    await world.edge(theirs.organizationId);
    const { route } = await create(mine, service);
    const shown = () => world.queries.get(mine, route.id);
    expect(await shown()).toMatchObject({ state: 'no-endpoints', problems: [], edges: [{ address: '192.0.2.7' }] });
    await world.container(mine, service, { pool: 'joining' });
    await world.container(mine, service, { pool: 'leaving' });
    await world.container(mine, service, { pool: 'none' });
    await world.container(mine, service, { pool: 'in', state: 'exited' });
    await world.store.sql(
      `INSERT INTO edge_state (node_id, project_id, organization_id, version, problems) VALUES ($1, $2, $3, 1, $4)`,
      [
        ...[edge, mine.projectId, mine.organizationId],
        JSON.stringify([
          { routeId: route.id, sentence: 'It cannot.' },
          { routeId: newId(), sentence: 'Another’s.' },
        ]),
      ],
    );
    expect(await shown()).toMatchObject({
      state: 'active',
      problems: ['It cannot.'],
      targets: [{ ready: 1, leaving: 1 }],
    });
    await world.store.sql(`UPDATE node SET state = 'lost' WHERE id = $1`, [edge]);
    expect((await shown()).problems).toEqual(['No node in the edge role is up, so nothing leads to the route.']);
  });

  it('is the certificate that edges will show: the chosen one, the exact one, the one that ends last', async () => {
    const host = `${name()}.apps.example`;
    const issued = (names: string[], days: number) =>
      aCertificate(mine, { names, chainPem: 'PEM', notAfter: new Date(Date.now() + days * 86_400_000) });
    const [star, soon, late, chosen] = [
      issued(['*.apps.example'], 90),
      issued([host], 1),
      issued([host], 30),
      issued(['*.apps.example'], 2),
    ];
    const pending = aCertificate(mine, { names: [host] });
    const { route } = await create(mine, service, { host, redirectToHttps: true });
    const shown = async () => (await world.queries.get(mine, route.id)).shownCertificateId;
    const add = (certificate: ReturnType<typeof issued>) =>
      world.store.work.platform((tx) => tx.certificates.insert(certificate, Buffer.of(1)));
    await add(pending);
    expect(await shown()).toBeNull();
    expect((await world.queries.get(mine, route.id)).problems.join()).toContain('HTTP is not redirected yet');
    for (const [certificate, expected] of [
      [star, star],
      [soon, soon],
      [late, late],
    ] as const) {
      await add(certificate);
      expect(await shown()).toBe(expected.id);
    }
    await add(chosen);
    await world.routes.update(mine, route.id, aRouteSpec([{ serviceId: service }], { host, certificateId: chosen.id }));
    expect(await shown()).toBe(chosen.id);
  });

  it('is listed in pages, by service, host and labels', async () => {
    const other = await world.service(mine);
    const first = (await create(mine, service, { labels: { a: '1', b: '2' } })).route;
    const second = (await create(mine, other)).route;
    const ids = async (filter: Record<string, unknown>) =>
      (await world.queries.list(mine, { limit: 10, offset: 0, ...filter })).rows.map(({ id }) => id);
    expect(await ids({})).toEqual([first.id, second.id]);
    expect(await world.queries.list(mine, { limit: 1, offset: 1 })).toMatchObject({
      rows: [{ id: second.id }],
      total: 2,
    });
    expect(await ids({ serviceId: other })).toEqual([second.id]);
    expect(await ids({ host: first.spec.kind === 'http' ? first.spec.host : '' })).toEqual([first.id]);
    expect(await ids({ labels: { b: '2' } })).toEqual([first.id]);
    expect(await ids({ labels: { b: '3' } })).toEqual([]);
  });
});
