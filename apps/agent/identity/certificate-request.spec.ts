import 'reflect-metadata';
import { createPrivateKey } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { newCertificateRequest } from './certificate-request.js';

describe('certificate request', () => {
  it('is one that the CA’s library reads and whose signature holds', async () => {
    const { csrPem, privateKeyPem } = newCertificateRequest('node-1 "quoted"');
    const request = new Pkcs10CertificateRequest(csrPem);
    expect(await request.verify()).toBe(true);
    expect(request.subjectName.getField('CN')).toEqual(['node-1 "quoted"']);
    expect(createPrivateKey(privateKeyPem).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });
});
