import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { CertificateService } from '#libs/core/certificate/certificate.service.js';
import { CertificateSettings } from '#libs/core/certificate/certificate.settings.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { RouteWorld } from './world.js';

let world: RouteWorld;
let authority: FakeCertificateAuthority;
let mine: RequestContext;
let theirs: RequestContext;
beforeAll(async () => {
  world = await RouteWorld.open();
  authority = await FakeCertificateAuthority.create();
});
beforeEach(async () => {
  [mine, theirs] = [await world.tenant(), await world.tenant()];
});
afterAll(() => world.close());

const pair = async (...names: string[]) => {
  const { certificatePem, privateKeyPem } = await authority.issueNamed('shop', names);
  return { chain: `${certificatePem}\n${authority.caPem}`, key: privateKeyPem };
};
const sealedKey = async (id: string) =>
  (await world.store.sql<{ key: Buffer }>('SELECT key_sealed AS key FROM certificate WHERE id = $1', [id]))[0]?.key;

describe('an uploaded certificate', () => {
  it('is kept with its key sealed, and the key is in no answer', async () => {
    const given = await pair('shop.example', '*.shop.example');
    const { certificate, action } = await world.certificates.upload(mine, given);
    expect(certificate).toMatchObject({ source: 'uploaded', names: ['shop.example', '*.shop.example'] });
    expect(action).toMatchObject({ resourceType: 'certificate', resourceName: 'shop.example' });
    const sealed = await sealedKey(certificate.id);
    const secret = given.key.split('\n')[1] ?? '';
    expect(sealed?.includes(secret.slice(0, 20))).toBe(false);
    expect(world.vault.open(sealed ?? Buffer.alloc(0), certificate.id)).toContain(secret.slice(0, 20));
    const answers = [certificate, action, await world.certificates.list(mine, 10, 0)];
    expect(JSON.stringify(answers)).not.toContain('PRIVATE KEY');
    const stored = await world.store.sql(`SELECT row_to_json(a)::text AS row FROM action a WHERE resource_id = $1`, [
      certificate.id,
    ]);
    expect(JSON.stringify(stored)).not.toContain('PRIVATE KEY');
    expect(await world.events(mine)).toEqual([{ type: 'certificate', verb: 'create', state: 'active' }]);
  });

  it('is replaced by another, checked in the same way', async () => {
    const { certificate } = await world.certificates.upload(mine, await pair('shop.example'));
    const before = await sealedKey(certificate.id);
    const wrong = { ...(await pair('a.example')), key: (await pair('b.example')).key };
    await expect(world.certificates.replace(mine, certificate.id, wrong)).rejects.toMatchObject({ code: 'invalid' });
    expect(await sealedKey(certificate.id)).toEqual(before);
    const next = await world.certificates.replace(mine, certificate.id, await pair('new.example'));
    expect(next.certificate).toMatchObject({ id: certificate.id, names: ['new.example'], rowVersion: 2 });
    expect(next.certificate.fingerprint).not.toBe(certificate.fingerprint);
    expect(await sealedKey(certificate.id)).not.toEqual(before);
  });

  it('is not renewed, and goes when it is deleted', async () => {
    const { certificate } = await world.certificates.upload(mine, await pair('shop.example'));
    await expect(world.certificates.renew(mine, certificate.id)).rejects.toMatchObject({ code: 'state' });
    await world.certificates.delete(mine, certificate.id);
    await expect(world.certificates.get(mine, certificate.id)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a certificate that is asked for', () => {
  it('waits for workers, who are told', async () => {
    await world.keys();
    const { certificate } = await world.certificates.request(mine, ['Shop.Example', 'shop.example', 'b.example']);
    expect(certificate).toMatchObject({ source: 'acme', names: ['shop.example', 'b.example'], chainPem: null });
    expect(await world.keys()).toEqual([`certificate:${certificate.id}`]);
    await world.certificates.renew(mine, certificate.id);
    expect(await world.keys()).toEqual([`certificate:${certificate.id}`]);
    await expect(world.certificates.replace(mine, certificate.id, await pair('shop.example'))).rejects.toMatchObject({
      code: 'state',
    });
  });

  it('is for hosts that can be proven over HTTP', async () => {
    for (const names of [
      [],
      ['*.shop.example'],
      ['localhost'],
      ['10.0.0.1'],
      Array.from({ length: 101 }, (_, at) => `h${at}.example`),
    ]) {
      await expect(world.certificates.request(mine, names)).rejects.toMatchObject({ code: 'invalid' });
    }
  });

  it('is refused where there is no issuer', async () => {
    const { work } = world.store;
    const none = new CertificateService(work, world.clock, world.vault, new CertificateSettings(false));
    await expect(none.request(mine, ['shop.example'])).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('PIERHEAD_ACME_DIRECTORY'),
    });
  });
});

it('belongs to one project', async () => {
  const { certificate } = await world.certificates.upload(mine, await pair('shop.example'));
  const other = await pair('x.example');
  for (const call of [
    () => world.certificates.get(theirs, certificate.id),
    () => world.certificates.replace(theirs, certificate.id, other),
    () => world.certificates.renew(theirs, certificate.id),
    () => world.certificates.delete(theirs, certificate.id),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'not-found' });
  }
});
