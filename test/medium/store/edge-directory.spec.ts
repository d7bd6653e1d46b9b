import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { PostgresEdgeDirectory } from '#libs/store/edge/postgres.edge-directory.js';
import { RouteWorld } from '../route/world.js';
import { aNode } from './records.js';
import { aCertificate, aRoute, aRouteSpec } from './route.records.js';

let world: RouteWorld;
let directory: PostgresEdgeDirectory;
let mine: RequestContext;
let service: string;
beforeAll(async () => {
  world = await RouteWorld.open();
  directory = new PostgresEdgeDirectory(world.store.work);
});
beforeEach(async () => {
  mine = await world.tenant();
  service = await world.service(mine);
});
afterAll(() => world.close());

const place = () => ({ organizationId: mine.organizationId, projectId: mine.projectId });
const put = async (given: Parameters<typeof aRoute>[2] = {}) => {
  const route = aRoute(place(), [{ serviceId: service, port: 8080 }], given);
  await world.store.work.platform((tx) => tx.routes.insert(route));
  return route;
};
const certify = async (names: string[], key: Buffer | null = Buffer.from('sealed')) => {
  const made = { chainPem: 'CHAIN', notAfter: new Date(Date.now() + 86_400_000) };
  const certificate = aCertificate(place(), { names, ...(key ? made : {}) });
  await world.store.work.platform((tx) => tx.certificates.insert(certificate, key));
  return certificate.id;
};
const view = async () => (await directory.snapshot([mine.projectId])).projects[0];

describe('what edges serve of a project', () => {
  it('is its routes with all that they say', async () => {
    const route = await put({ path: '/shop' });
    expect(await view()).toEqual({
      ...place(),
      routes: [
        {
          ...{ routeId: route.id, kind: 'http', host: route.spec.kind === 'http' && route.spec.host, path: '/shop' },
          ...{ port: null, tls: false, certificateId: null, redirectToHttps: false, hstsMaxAgeSeconds: 0 },
          ...{ cookieAffinity: false, proxyProtocol: 'none', healthCheck: route.spec.healthCheck, drainMs: 10_000 },
          targets: [{ serviceId: service, port: 8080, weight: 100, endpoints: [] }],
        },
      ],
      certificates: [],
      challenges: [],
    });
  });

  it('leads to the containers that run and were let in, and says which of them leave', async () => {
    await put();
    const [joining, within, leaving] = [
      await world.container(mine, service, { pool: 'joining', address: '10.88.0.1' }),
      await world.container(mine, service, { pool: 'in', address: '10.88.0.2' }),
      await world.container(mine, service, { pool: 'leaving', address: '10.88.0.3' }),
    ];
    for (const pool of ['none', 'out'] as const) await world.container(mine, service, { pool });
    await world.container(mine, service, { pool: 'in', state: 'exited' });
    await world.container(mine, service, { pool: 'in', address: null });
    await world.container(mine, await world.service(mine), { pool: 'in' });
    const endpoints = (await view())?.routes[0]?.targets[0]?.endpoints ?? [];
    expect(new Map(endpoints.map(({ containerId, address, draining }) => [containerId, [address, draining]]))).toEqual(
      new Map([
        [joining, ['10.88.0.1', false]],
        [within, ['10.88.0.2', false]],
        [leaving, ['10.88.0.3', true]],
      ]),
    );
  });

  it('is reached in the project’s network where the node has an overlay', async () => {
    await put();
    const [plain, overlay] = [await aNode(world.store), await aNode(world.store)];
    await world.store.sql('UPDATE node SET overlay = true WHERE id = $1', [overlay]);
    await world.container(mine, service, { nodeId: plain, address: '10.88.0.9' });
    await world.container(mine, service, { nodeId: overlay, address: '10.88.0.9' });
    await world.store.sql(`UPDATE container SET private_address = '10.64.0.9' WHERE service_id = $1`, [service]);
    const endpoints = (await view())?.routes[0]?.targets[0]?.endpoints ?? [];
    expect(endpoints.map(({ address }) => address).sort()).toEqual(['10.64.0.9', '10.88.0.9']);
  });

  it('is nothing on hosts that are not its own, and nothing without routes', async () => {
    expect(await directory.snapshot([mine.projectId, newId()])).toMatchObject({ projects: [] });
    await put({ owned: false });
    expect(await view()).toBeUndefined();
    expect(await directory.served()).not.toContain(mine.projectId);
    await put();
    expect((await view())?.routes).toHaveLength(1);
    expect(await directory.served()).toContain(mine.projectId);
  });

  it('shows certificates with the hosts they are for, sealed, and no others', async () => {
    const suffix = `${newId().slice(0, 8)}.example`;
    const [a, b, plain] = [await put({ host: `a.${suffix}` }), await put({ host: `b.${suffix}` }), await put()];
    const star = await certify([`*.${suffix}`]);
    const exact = await certify([`b.${suffix}`]);
    await certify([`c.${suffix}`]);
    await certify([`a.${suffix}`], null);
    const seen = await view();
    expect(seen?.certificates.sort((x, y) => x.names.join().localeCompare(y.names.join()))).toEqual([
      { certificateId: star, names: [`a.${suffix}`], chainPem: 'CHAIN', keySealed: Buffer.from('sealed') },
      { certificateId: exact, names: [`b.${suffix}`], chainPem: 'CHAIN', keySealed: Buffer.from('sealed') },
    ]);
    const tls = new Map(seen?.routes.map((route) => [route.routeId, [route.tls, route.certificateId]]));
    expect(tls).toEqual(
      new Map([
        [a.id, [true, star]],
        [b.id, [true, exact]],
        [plain.id, [false, null]],
      ]),
    );
  });

  it('shows on TCP ports with TLS the chosen certificate, or all', async () => {
    const [one, two] = [await certify(['one.example']), await certify(['two.example'])];
    const tcp = (port: number, certificateId: string | null) =>
      put({ spec: aRouteSpec([{ serviceId: service }], { kind: 'tcp', port, tls: true, certificateId }) });
    const chosen = await tcp(20_001, two);
    expect((await view())?.certificates.map(({ certificateId, names }) => [certificateId, names])).toEqual([[two, []]]);
    expect((await view())?.routes[0]).toMatchObject({
      routeId: chosen.id,
      port: 20_001,
      tls: true,
      certificateId: two,
    });
    await tcp(20_002, null);
    expect((await view())?.certificates.map(({ certificateId }) => certificateId).sort()).toEqual([one, two].sort());
    await world.store.sql('DELETE FROM route WHERE project_id = $1', [mine.projectId]);
  });

  it('answers issuers, also where there are no routes yet', async () => {
    const id = await certify(['new.example'], null);
    const challenge = { token: newId(), host: 'new.example', response: 'x.y' };
    const record = { ...challenge, certificateId: id, organizationId: mine.organizationId };
    await world.store.work.platform((tx) => tx.certificates.setChallenges(id, [record]));
    expect(await view()).toMatchObject({ routes: [], challenges: [challenge] });
    expect(await directory.served()).toContain(mine.projectId);
    await world.store.work.platform((tx) => tx.certificates.setChallenges(id, []));
    expect(await view()).toBeUndefined();
  });

  it('is told with a version that is behind every transaction that was still open', async () => {
    const route = await put();
    const begun = { xid: 0 };
    let end: () => void = () => undefined;
    const open = new Promise<void>((resolve) => (end = resolve));
    let ready: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (ready = resolve));
    const change = world.store.work.platform(async (tx) => {
      await tx.routes.delete(route.id);
      const { sql } = tx as unknown as { sql: { first<T>(name: string, text: string): Promise<T | null> } };
      begun.xid =
        (await sql.first<{ xid: number }>('xid', 'SELECT pg_current_xact_id()::text::bigint AS xid'))?.xid ?? 0;
      ready();
      await open;
    });
    await started;
    const during = await directory.snapshot([mine.projectId]);
    expect(during.projects).toHaveLength(1);
    expect(during.version).toBeLessThanOrEqual(begun.xid);
    end();
    await change;
    const after = await directory.snapshot([mine.projectId]);
    expect(after.projects).toEqual([]);
    expect(after.version).toBeGreaterThan(begun.xid);
  });
});

describe('what an edge has in force', () => {
  const stateOf = async (node: string) =>
    (
      await world.store.sql<{ version: number; problems: unknown }>(
        'SELECT version, problems FROM edge_state WHERE node_id = $1 AND project_id = $2',
        [node, mine.projectId],
      )
    )[0];

  it('is kept, never goes back, and wakes services whose containers wait for it', async () => {
    const node = await world.edge();
    const [waiting, resting] = [await world.service(mine), await world.service(mine)];
    await world.container(mine, waiting, { pool: 'leaving' });
    await world.container(mine, resting, { pool: 'in' });
    await world.keys();
    const problems = [{ routeId: newId(), sentence: 'No.' }];
    const { projectId } = mine;
    await directory.acknowledge(node, 0, [
      { projectId, version: 7, problems },
      { projectId: newId(), version: 1, problems: [] },
    ]);
    expect(await stateOf(node)).toEqual({ version: 7, problems });
    expect(await world.keys()).toEqual([`service:${waiting}`]);
    await directory.acknowledge(node, 0, [{ projectId, version: 5, problems: null }]);
    expect(await stateOf(node)).toEqual({ version: 7, problems });
    await directory.acknowledge(node, 0, [{ projectId, version: 9, problems: [] }]);
    expect(await stateOf(node)).toEqual({ version: 9, problems: [] });
    const versions = await world.store.work.platformRead((tx) =>
      tx.reconcile.edgeVersions(mine.organizationId, projectId),
    );
    expect(versions).toContainEqual({ nodeId: node, version: 9 });
  });

  it('is not taken from an older session', async () => {
    const node = await world.edge();
    await world.store.sql('UPDATE node SET session_epoch = 3 WHERE id = $1', [node]);
    await directory.acknowledge(node, 2, [{ projectId: mine.projectId, version: 7, problems: [] }]);
    expect(await stateOf(node)).toBeUndefined();
  });

  it('lets an issuer be answered once every edge has said so', async () => {
    await world.store.sql(`UPDATE node SET roles = '{}'`);
    const id = await certify(['new.example'], null);
    const record = { token: newId(), host: 'h', response: 'r', certificateId: id, organizationId: mine.organizationId };
    const inForce = () => world.store.work.platformRead((tx) => tx.certificates.challengesInForce(id));
    await world.store.work.platform((tx) => tx.certificates.setChallenges(id, [record]));
    expect(await inForce()).toBe('none');
    const [first, second] = [await world.edge(), await world.edge(mine.organizationId, 'unreachable')];
    await world.edge((await world.tenant()).organizationId);
    await world.edge(null, 'lost');
    const { version } = await directory.snapshot([mine.projectId]);
    const say = (node: string) =>
      directory.acknowledge(node, 0, [{ projectId: mine.projectId, version, problems: [] }]);
    expect(await inForce()).toBe('not-yet');
    await say(first);
    expect(await inForce()).toBe('not-yet');
    await say(second);
    expect(await inForce()).toBe('yes');
    await world.store.work.platform((tx) => tx.certificates.setChallenges(id, [{ ...record, token: newId() }]));
    expect(await inForce()).toBe('not-yet');
  });

  it('knows whose routes a node serves', async () => {
    const [ours, everybodys] = [await world.edge(mine.organizationId), await world.edge()];
    expect(await directory.owners([ours, everybodys])).toEqual(
      new Map([
        [ours, mine.organizationId],
        [everybodys, null],
      ]),
    );
  });
});
