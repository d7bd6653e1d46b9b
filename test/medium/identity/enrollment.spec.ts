import { createHash, X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { newCertificateRequest } from '#apps/agent/identity/certificate-request.js';
import { parseJoinToken } from '#libs/agent-protocol/join-token.js';
import { identityOf } from '#libs/agent-protocol/peer-identity.js';
import { NodeEnrollment, PlatformCertificates } from '#libs/core/node/enrollment.port.js';
import { World } from './world.js';

let world: World;
let enrollment: NodeEnrollment;
beforeAll(async () => {
  world = await World.open(2);
  enrollment = world.api.app.get(NodeEnrollment as never, { strict: false });
});
afterAll(() => world.close());

async function token(as = world.operator, wish: Record<string, unknown> = {}) {
  const answer = await world.api.call('/api/v1/join-tokens', { as, body: wish });
  expect(answer.status).toBe(201);
  const { tokenId, secret, caFingerprint } = parseJoinToken(answer.body['token'] as string);
  return { tokenId, tokenSecret: secret, caFingerprint, uri: answer.body['resourceUri'] as string };
}
const joining = (given: { tokenId: string; tokenSecret: string }, nodeName = 'node') => {
  const { csrPem, privateKeyPem } = newCertificateRequest('whatever');
  const { tokenId, tokenSecret } = given;
  return { privateKeyPem, joined: enrollment.join({ tokenId, tokenSecret, csrPem, nodeName, address: '10.0.0.1' }) };
};
const refused = { code: 'unauthenticated', message: 'The join token is wrong, used, expired or revoked.' };

describe('joining', () => {
  it('gives a certificate of the pinned authority, for two days, back-dated an hour', async () => {
    const given = await token(world.operator, { pool: 'shared' });
    const { nodeId, certificatePem, caPem } = await joining(given).joined;
    const [certificate, authority] = [new X509Certificate(certificatePem), new X509Certificate(caPem)];
    expect(createHash('sha256').update(authority.raw).digest('hex')).toBe(given.caFingerprint);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(identityOf(certificate.subject.replace('CN=', ''))).toEqual({ kind: 'node', nodeId });
    const hours = (date: string) => Math.round((Date.parse(date) - Date.now()) / 3_600_000);
    expect([hours(certificate.validFrom), hours(certificate.validTo)]).toEqual([-1, 48]);
    expect(Math.round(hours(authority.validTo) / 24 / 365)).toBe(20);
    const node = await world.api.call(`/api/v1/nodes/${nodeId}`, { as: world.operator });
    expect(node.body).toMatchObject({ name: 'node', state: 'joining', organizationId: null, address: '10.0.0.1' });
  });

  it('works once: of two at the same moment exactly one wins', async () => {
    const given = await token();
    const outcomes = await Promise.allSettled([joining(given, 'a').joined, joining(given, 'b').joined]);
    expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((each) => each.status === 'rejected');
    expect(lost).toMatchObject({ reason: refused });
    await expect(joining(given).joined).rejects.toMatchObject(refused);
  });

  it('is refused in one sentence for a token that is wrong, revoked or unknown', async () => {
    const given = await token();
    await expect(joining({ ...given, tokenSecret: 'x' }).joined).rejects.toMatchObject(refused);
    await expect(joining({ ...given, tokenId: 'nothing' }).joined).rejects.toMatchObject(refused);
    expect((await world.api.call(given.uri, { method: 'DELETE', as: world.operator })).status).toBe(204);
    await expect(joining(given).joined).rejects.toMatchObject(refused);
  });

  it('wants a request that its sender signed, and leaves the token for another try', async () => {
    const given = await token();
    const { csrPem } = newCertificateRequest('node');
    const broken = csrPem.replace(/\n(.{10})/, '\nAAAAAAAAAA');
    const request = { tokenId: given.tokenId, tokenSecret: given.tokenSecret, nodeName: 'node', address: '' };
    await expect(enrollment.join({ ...request, csrPem: broken })).rejects.toMatchObject({ code: 'invalid' });
    await expect(enrollment.join({ ...request, csrPem, nodeName: 'no/de' })).rejects.toMatchObject({ code: 'invalid' });
    await joining(given).joined;
  });

  it('puts the node into the token’s organization, with its tags, and counts it', async () => {
    const { apiKey, organization } = await world.found();
    const path = `/api/v1/organizations/${organization.id}/quotas`;
    await world.api.call(path, { method: 'PUT', as: world.operator, body: { limits: { nodes: 1 } } });
    const { nodeId } = await joining(await token(apiKey, { tags: ['ssd'] })).joined;
    const node = await world.api.call(`/api/v1/nodes/${nodeId}`, { as: apiKey });
    expect(node.body).toMatchObject({ organizationId: organization.id, tags: ['ssd'] });
    const other = await world.found();
    expect((await world.api.call(`/api/v1/nodes/${nodeId}`, { as: other.apiKey })).status).toBe(404);
    await expect(joining(await token(apiKey)).joined).rejects.toMatchObject({ code: 'quota' });
    const removed = await world.api.call(`/api/v1/nodes/${nodeId}`, { method: 'DELETE', as: apiKey });
    expect(removed.status).toBe(204);
    await joining(await token(apiKey)).joined;
  });
});

describe('renewing', () => {
  const serialOf = (pem: string) => new X509Certificate(pem).serialNumber;
  const renew = (nodeId: string, serial: string) => enrollment.renew(nodeId, serial, newCertificateRequest('x').csrPem);

  it('works with the present certificate and, because an answer may get lost, with the one before', async () => {
    const { nodeId, certificatePem } = await joining(await token()).joined;
    const first = serialOf(certificatePem);
    const second = serialOf((await renew(nodeId, first)).certificatePem);
    const third = serialOf((await renew(nodeId, first)).certificatePem);
    await expect(renew(nodeId, second)).rejects.toMatchObject({ code: 'unauthenticated' });
    const fourth = serialOf((await renew(nodeId, third)).certificatePem);
    await expect(renew(nodeId, first)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(new Set([first, second, third, fourth]).size).toBe(4);
  });

  it('ends when the node is removed', async () => {
    const { nodeId, certificatePem } = await joining(await token()).joined;
    await world.api.call(`/api/v1/nodes/${nodeId}`, { method: 'DELETE', as: world.operator });
    await expect(renew(nodeId, serialOf(certificatePem))).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('the platform’s own certificates', () => {
  it('let a gateway and a node check each other, by address', async () => {
    const certificates = world.apis[1]?.app.get<PlatformCertificates>(PlatformCertificates as never, { strict: false });
    const gateway = await certificates?.issue('gateway', ['gateway.internal', '127.0.0.1']);
    const { privateKeyPem, joined } = joining(await token());
    const { certificatePem, caPem, nodeId } = await joined;
    const server = createServer({
      cert: gateway?.certificatePem,
      key: gateway?.privateKeyPem,
      ca: gateway?.caPem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const accepted = new Promise<string>((resolve) =>
        server.once('secureConnection', (socket) => resolve(String(socket.getPeerCertificate().subject.CN))),
      );
      const { port } = server.address() as AddressInfo;
      const client = connect({ host: '127.0.0.1', port, ca: caPem, cert: certificatePem, key: privateKeyPem });
      await new Promise<void>((resolve, reject) => client.once('secureConnect', resolve).once('error', reject));
      expect(client.getPeerCertificate().subject.CN).toBe('platform:gateway');
      expect(await accepted).toBe(`node:${nodeId}`);
      client.destroy();
    } finally {
      server.close();
    }
  });
});
