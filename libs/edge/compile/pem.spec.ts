import { certificatePem } from './pem.js';

const certificate = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
const key = '-----BEGIN EC PRIVATE KEY-----\nS0VZ\n-----END EC PRIVATE KEY-----';

describe('a certificate’s file', () => {
  it('is the chain, then the key, without anything between or around', () => {
    const chain = `subject=x\n\n${certificate('TEVBRg==')}\r\n\r\n${certificate('Q0E=')}\n`;
    expect(certificatePem(chain, `-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----\n${key}`)).toBe(
      `${certificate('TEVBRg==')}\n${certificate('Q0E=')}\n${key}\n`,
    );
  });

  it('has no empty line, which would end it on the load balancer’s command line', () => {
    const torn = certificate('TEVB\n\nshow info\n\nRg==').replace('show info', 'c2hvdw==');
    expect(certificatePem(torn, key)).not.toMatch(/\n\n/);
  });

  it('is none without a certificate, without a key, or with something else in them', () => {
    expect(certificatePem('', key)).toBeNull();
    expect(certificatePem(certificate('QQ=='), '')).toBeNull();
    expect(certificatePem(certificate('QQ==\n\n; show info'), key)).toBeNull();
    expect(certificatePem(certificate('QQ=='), key.replace('EC PRIVATE', 'ENCRYPTED PRIVATE'))).toBeNull();
  });
});
