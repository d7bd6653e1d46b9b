import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';
import { outboundReason } from './outbound.failure.js';

/** What asking a server over TLS ends with that shows a certificate for this name. */
async function failureAt(shown: string, trusts: boolean): Promise<unknown> {
  const authority = await FakeCertificateAuthority.create();
  const { certificatePem, privateKeyPem } = await authority.issueNamed(shown, [shown]);
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      const ca = trusts ? { ca: authority.caPem } : {};
      const call = request({ host: '127.0.0.1', port, servername: 'registry.example', agent: false, ...ca }, (answer) =>
        reject(new Error(`It answers ${answer.statusCode}.`)),
      );
      call.once('error', resolve);
      call.end();
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const signal = new AbortController().signal;

it.each([
  ['that nobody trusts', 'registry.example', false, 'is signed by nobody who is trusted'],
  ['of another host', 'elsewhere.example', true, 'is for another name'],
])('says so of a certificate %s', async (_what, shown, trusts, sentence) => {
  const reason = outboundReason(await failureAt(shown, trusts), 'registry.example', signal);
  expect(reason).toBe(`The registry "registry.example" could not be read: its certificate ${sentence}.`);
});
