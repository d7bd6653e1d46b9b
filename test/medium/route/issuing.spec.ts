import { AcmeIssuer } from '#libs/acme/acme.issuer.js';
import {
  CertificateReconciler,
  issuingTimes,
  type IssuingTimes,
} from '#libs/core/certificate/certificate.reconciler.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { createLog } from '#libs/platform/log.js';
import { PostgresEdgeDirectory } from '#libs/store/edge/postgres.edge-directory.js';
import { FakeAcmeServer } from '#libs/testing/acme-server.fake.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { aRouteSpec } from '../store/route.records.js';
import { FakeEdge } from './edge.fake.js';
import { RouteWorld } from './world.js';

let world: RouteWorld;
let authority: FakeCertificateAuthority;
let acme: FakeAcmeServer;
let edge: FakeEdge;
let mine: RequestContext;
let host: string;
const log = createLog('test', 'silent');

beforeAll(async () => {
  world = await RouteWorld.open();
  authority = await FakeCertificateAuthority.create();
});
beforeEach(async () => {
  acme = await FakeAcmeServer.start(authority);
  await world.store.sql(`UPDATE node SET roles = '{}'`);
  edge = await FakeEdge.start(new PostgresEdgeDirectory(world.store.work), await world.edge());
  mine = await world.tenant();
  host = await hostOf(mine);
});
afterEach(async () => {
  await edge.stop();
  await acme.stop();
});
afterAll(() => world.close());

/** A host of the organization that leads to the edge. */
const hostOf = async (context: RequestContext): Promise<string> => {
  const service = await world.service(context);
  const { route } = await world.routes.create(context, aRouteSpec([{ serviceId: service }]));
  const name = route.spec.kind === 'http' ? (route.spec.host ?? '') : '';
  acme.webServers.set(name, edge.origin);
  return name;
};
const issuer = (ca: string | null = authority.caPem) =>
  new AcmeIssuer({ directory: acme.directory, email: 'operator@platform.example', ca });
const reconciler = (times: Partial<IssuingTimes> = {}, by: AcmeIssuer | null = issuer()) =>
  new CertificateReconciler(world.store.work, world.clock, world.vault, by, log, { ...issuingTimes, ...times });
const request = async (...names: string[]) => (await world.certificates.request(mine, names)).certificate.id;
const read = (id: string) => world.certificates.get(mine, id);
const inMs = (at: Date | null) => (at ? at.getTime() - world.clock.now().getTime() : null);
const minute = 60_000;

describe('the issuing of a certificate', () => {
  it('proves the hosts through the edges, and keeps what came of it', async () => {
    const second = await hostOf(mine);
    const id = await request(host, second);
    expect(await world.store.work.platformRead((tx) => tx.reconcile.dueKeys(world.clock.now()))).toContain(
      `certificate:${id}`,
    );
    expect(await reconciler().reconcile(id)).toBeNull();
    const issued = await read(id);
    expect(issued).toMatchObject({ problem: null, attempts: 0, issuer: 'CN=Test CA', names: [host, second] });
    expect(issued.chainPem?.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    // A third of ninety days before its end.
    expect(Math.round((inMs(issued.lookAgainAt) ?? 0) / 86_400_000)).toBe(60);
    const [row] = await world.store.sql<{ key: Buffer }>('SELECT key_sealed AS key FROM certificate WHERE id = $1', [
      id,
    ]);
    expect(world.vault.open(row?.key ?? Buffer.alloc(0), id)).toContain('PRIVATE KEY');
    expect(edge.asked).toHaveLength(2);
    expect(await world.store.sql('SELECT FROM acme_challenge WHERE certificate_id = $1', [id])).toEqual([]);
    expect(await world.store.sql('SELECT FROM platform_lease')).toEqual([]);
    const events = await world.events(mine);
    expect(events.filter(({ type }) => type === 'certificate').map(({ state }) => state)).toEqual([
      ...['pending', 'pending', 'active', 'active'],
    ]);
    expect(await reconciler().reconcile(id)).toBeNull();
    expect(acme.orders).toHaveLength(1);
  });

  it('is renewed with a new key when a third of its life is left', async () => {
    const id = await request(host);
    await reconciler().reconcile(id);
    const before = await read(id);
    world.clock.advance(59 * 24 * 60 * minute);
    await reconciler().reconcile(id);
    expect((await read(id)).fingerprint).toBe(before.fingerprint);
    world.clock.advance(2 * 24 * 60 * minute);
    expect(await world.store.work.platformRead((tx) => tx.reconcile.dueKeys(world.clock.now()))).toContain(
      `certificate:${id}`,
    );
    await reconciler().reconcile(id);
    const after = await read(id);
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(after.problem).toBeNull();
    world.clock.advance(-61 * 24 * 60 * minute);
  });

  it('shows the certificate that is there when its renewal fails', async () => {
    const id = await request(host);
    await reconciler().reconcile(id);
    const before = await read(id);
    acme.refusal = 'Not today.';
    await world.certificates.renew(mine, id);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({
      fingerprint: before.fingerprint,
      chainPem: before.chainPem,
      attempts: 1,
      problem: 'The issuer did not order: Not today.',
    });
  });

  it('is one platform’s account, registered again where the issuer has forgotten it', async () => {
    for (const each of [host, await hostOf(mine)]) await reconciler().reconcile(await request(each));
    expect(acme.accountCount).toBe(1);
    acme.forgetAccounts();
    const id = await request(host);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ problem: null });
    expect(acme.accountCount).toBe(1);
    const [account] = await world.store.sql<{ url: string; sealed: Buffer }>(
      'SELECT url, key_sealed AS sealed FROM acme_account WHERE directory = $1',
      [acme.directory],
    );
    expect(account?.url).toContain('/account/');
    expect(account?.sealed.includes('PRIVATE')).toBe(false);
  });
});

describe('a certificate that is not issued', () => {
  it('waits until its names are the organization’s, and is not asked for before', async () => {
    const company = `c${newId().slice(0, 8)}.example`;
    acme.webServers.set(`shop.${company}`, edge.origin);
    const id = await request(`shop.${company}`);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ lookAgainAt: null, problem: expect.stringContaining(`shop.${company}`) });
    expect(acme.orders).toEqual([]);
    await world.keys();
    await world.prove(mine, company);
    expect(await world.keys()).toContain(`certificate:${id}`);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ problem: null, names: [`shop.${company}`], issuer: 'CN=Test CA' });
  });

  it('leaves its names alone for longer and longer, also when it is asked for anew', async () => {
    acme.webServers.delete(host);
    const id = await request(host);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({
      attempts: 1,
      problem: expect.stringMatching(new RegExp(`^The issuer did not look at ${host}: http://${host}/.*no address`)),
    });
    expect(inMs((await read(id)).lookAgainAt)).toBeGreaterThan(minute - 10_000);
    const other = await request(host);
    await reconciler().reconcile(other);
    await world.certificates.renew(mine, id);
    await reconciler().reconcile(id);
    expect(acme.orders).toHaveLength(1);
    expect((await read(other)).problem).toContain('did not look at');
    world.clock.advance(minute + 1_000);
    await reconciler().reconcile(id);
    expect(acme.orders).toHaveLength(2);
    expect(inMs((await read(id)).lookAgainAt)).toBeGreaterThan(2 * minute - 10_000);
    acme.webServers.set(host, edge.origin);
    world.clock.advance(2 * minute + 1_000);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ attempts: 0, problem: null });
    expect(await world.store.sql('SELECT FROM acme_backoff WHERE name = $1', [host])).toEqual([]);
    world.clock.advance(-3 * minute - 2_000);
  });

  it('is not held against its names while no edge is up, or one does not confirm that it answers', async () => {
    const id = await request(host);
    edge.confirms = false;
    await reconciler({ edgesMs: 400 }).reconcile(id);
    expect(await read(id)).toMatchObject({ attempts: 0, problem: expect.stringContaining('Not every edge') });
    await world.store.sql(`UPDATE node SET state = 'lost' WHERE 'edge' = ANY(roles)`);
    world.clock.advance(20_000);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ attempts: 0, problem: expect.stringContaining('No node in the edge role') });
    expect(inMs((await read(id)).lookAgainAt)).toBeLessThanOrEqual(15_000);
    expect(edge.asked).toEqual([]);
    expect(await world.store.sql('SELECT FROM acme_backoff WHERE name = $1', [host])).toEqual([]);
    expect(await world.store.sql('SELECT FROM acme_challenge')).toEqual([]);
    world.clock.advance(-20_000);
  });

  it('says so where the issuer’s certificate is for others, or the issuer is not who it should be', async () => {
    acme.wrongNames = ['another.example'];
    const id = await request(host);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ chainPem: null, problem: expect.stringContaining(`not for ${host}`) });
    const second = await request(await hostOf(mine));
    await reconciler({}, issuer(null)).reconcile(second);
    expect(await read(second)).toMatchObject({
      chainPem: null,
      problem: expect.stringMatching(/cannot be reached: .*certificate/),
    });
    const third = await request(await hostOf(mine));
    await reconciler({}, null).reconcile(third);
    expect((await read(third)).problem).toContain('no issuer');
  });

  it('gives up when the issuer does not come to an end', async () => {
    const never = new Promise<never>(() => undefined);
    const by = issuer();
    Object.assign(by, { order: () => never });
    const id = await request(host);
    await reconciler({ orderMs: 200 }, by).reconcile(id);
    expect(await read(id)).toMatchObject({ attempts: 1, problem: expect.stringContaining('in time') });
    expect(await world.store.sql('SELECT FROM platform_lease')).toEqual([]);
  });

  it('is forgotten when it was deleted while it was on its way', async () => {
    const id = await request(host);
    edge.confirms = false;
    const going = reconciler().reconcile(id);
    const deadline = Date.now() + 5_000;
    while (!(await world.store.sql('SELECT FROM acme_challenge')).length && Date.now() < deadline);
    await world.certificates.delete(mine, id);
    edge.confirms = true;
    await going;
    await expect(read(id)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('several workers', () => {
  it('ask the issuer one at a time', async () => {
    const hosts = [host, await hostOf(mine), await hostOf(mine), await hostOf(mine)];
    const ids = await Promise.all(hosts.map((each) => request(each)));
    const workers = [reconciler(), reconciler(), reconciler()] as const;
    const deadline = Date.now() + 30_000;
    for (;;) {
      await Promise.all(ids.map((id, at) => (workers[at] ?? workers[0]).reconcile(id)));
      const all = await Promise.all(ids.map(read));
      if (all.every(({ chainPem }) => chainPem !== null)) break;
      if (Date.now() > deadline) throw new Error('They were not all issued.');
      world.clock.advance(10_000);
    }
    expect(acme.orders).toHaveLength(4);
    expect(acme.mostAtOnce).toBe(1);
  });

  it('take over from one that died, once its lease has ended', async () => {
    const [dead, alive] = [newId(), newId()];
    const { work } = world.store;
    const take = (holder: string, ms: number) =>
      work.platform((tx) => tx.leases.take('certificate-issuer', holder, ms));
    expect([await take(dead, 60_000), await take(alive, 60_000), await take(dead, 60_000)]).toEqual([
      true,
      false,
      true,
    ]);
    const id = await request(host);
    await reconciler().reconcile(id);
    expect(acme.orders).toEqual([]);
    expect(inMs((await read(id)).lookAgainAt)).toBeLessThanOrEqual(10_000);
    await take(dead, 0);
    world.clock.advance(11_000);
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ issuer: 'CN=Test CA' });
  });

  it('let go of what is on its way when they stop, and another begins anew', async () => {
    edge.confirms = false;
    const id = await request(host);
    const stopping = reconciler();
    const going = stopping.reconcile(id);
    const deadline = Date.now() + 5_000;
    while (!(await world.store.sql('SELECT FROM acme_challenge')).length && Date.now() < deadline);
    stopping.stop();
    await going;
    expect(await read(id)).toMatchObject({ attempts: 0, problem: null, chainPem: null });
    expect(await world.store.sql('SELECT FROM platform_lease')).toEqual([]);
    edge.confirms = true;
    await reconciler().reconcile(id);
    expect(await read(id)).toMatchObject({ issuer: 'CN=Test CA' });
  });
});
