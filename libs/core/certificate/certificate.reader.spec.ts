import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { readCertificate } from './certificate.reader.js';

const authority = await FakeCertificateAuthority.create();
const other = await FakeCertificateAuthority.create();
const own = await authority.issueNamed('shop', ['Shop.Example', '*.shop.example', 'localhost']);
const [chain, key] = [own.certificatePem, own.privateKeyPem];
const now = new Date();

const refusal = (chainPem: string, keyPem: string, at = now) => {
  try {
    readCertificate(chainPem, keyPem, at);
  } catch (error) {
    const { message, detail } = error as { message: string; detail: { field?: string } };
    expect(message).not.toContain('PRIVATE KEY-----M');
    return `${detail.field}: ${message.split(': ')[1]}`;
  }
  return null;
};

describe('a certificate that somebody brings along', () => {
  it('says for whom it is, by whom and for how long', () => {
    const read = readCertificate(`Bag Attributes\n${chain}\n${authority.caPem}trailing`, key, now);
    expect(read).toMatchObject({ names: ['shop.example', '*.shop.example'], issuer: 'CN=Test CA' });
    expect(read.notBefore < now && now < read.notAfter).toBe(true);
    expect(read.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(read.chainPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(read.chainPem).not.toContain('Bag');
  });

  it('comes with its key, as any kind of PEM', () => {
    const sec1 = createPrivateKey(key).export({ type: 'sec1', format: 'pem' }).toString();
    expect(readCertificate(chain, sec1, now).keyPem).toBe(readCertificate(chain, key, now).keyPem);
  });

  it('is refused with another key, without one, and with one that cannot be read or used', () => {
    const pair = (type: 'rsa' | 'ed25519', modulusLength = 1024) =>
      (type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength }) : generateKeyPairSync('ed25519')).privateKey;
    const pem = (made: ReturnType<typeof pair>) => made.export({ type: 'pkcs8', format: 'pem' }).toString();
    const locked = createPrivateKey(key).export({
      ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' },
    });
    expect(refusal(chain, pem(pair('rsa', 2048)))).toMatch(/^key: it does not belong/);
    expect(refusal(chain, '')).toMatch(/^key: no private key is in it/);
    expect(refusal(chain, chain)).toMatch(/^key: no private key is in it/);
    expect(refusal(chain, locked.toString())).toMatch(/^key: it is protected by a passphrase/);
    expect(refusal(chain, pem(pair('rsa')))).toMatch(/^key: 1024 bits/);
    expect(refusal(chain, pem(pair('ed25519')))).toMatch(/^key: browsers take/);
  });

  it('is refused in a chain that does not lead up, once expired, and without a name', async () => {
    expect(refusal('', key)).toMatch(/^chain: no certificate is in it/);
    expect(refusal('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', key)).toMatch(
      /^chain: certificate 1/,
    );
    expect(refusal(`${chain}\n${other.caPem}`, key)).toMatch(/^chain: certificate 2 did not issue/);
    expect(refusal(`${authority.caPem}${chain}`, key)).toMatch(/^key: it does not belong/);
    expect(refusal(`${chain}\n`.repeat(11), key)).toMatch(/^chain: 11 certificates/);
    expect(refusal(chain, key, new Date(Date.now() + 90_000_000))).toMatch(/^chain: the certificate expired/);
    const nameless = await authority.issueNamed('shop.example', ['127.0.0.1']);
    expect(refusal(nameless.certificatePem, nameless.privateKeyPem)).toMatch(/^chain: the certificate names no host/);
  });
});
