import { timingSafeEqual } from 'node:crypto';
import { userlessAction } from '#libs/core/identity/audit.js';
import { hashSecret } from '#libs/core/identity/secret.js';
import { NodeEnrollment } from '#libs/core/node/enrollment.port.js';
import { noTenant } from '#libs/core/tenancy/context-for.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { DomainError, invalid } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { requestedKey, type CertificateAuthority } from './certificate-authority.js';

const lifetimeMs = 48 * 3_600_000;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const refused = () => new DomainError('unauthenticated', 'The join token is wrong, used, expired or revoked.');
const notRenewed = () => new DomainError('unauthenticated', 'The node’s certificate is no longer accepted.');

/** Nodes join with a one-time token and hold certificates of two days. */
export class AuthorityNodeEnrollment extends NodeEnrollment {
  constructor(
    private readonly work: UnitOfWork,
    private readonly authority: CertificateAuthority,
    private readonly clock: Clock,
  ) {
    super();
  }

  async join(request: {
    tokenId: string;
    tokenSecret: string;
    csrPem: string;
    nodeName: string;
    address: string;
  }): Promise<{ nodeId: string; certificatePem: string; caPem: string }> {
    if (!namePattern.test(request.nodeName)) {
      throw invalid('nodeName', 'A node’s name has 1 to 63 letters, digits, ".", "_" or "-".');
    }
    const publicKey = await requestedKey(request.csrPem);
    await this.checkToken(request.tokenId, request.tokenSecret);
    const nodeId = newId();
    const issued = await this.issue(nodeId, publicKey);
    await this.work.platform(async (tx) => {
      const now = this.clock.now();
      const node = {
        id: nodeId,
        name: request.nodeName,
        address: request.address,
        certificateSerial: issued.serial,
        certificateExpiresAt: issued.expiresAt,
      };
      if (!(await tx.identity.joinTokens.redeem(request.tokenId, node, now))) throw refused();
      const made = await tx.nodes.lock(nodeId);
      const organizationId = made?.organizationId ?? null;
      if (organizationId) await tx.quotas.take(organizationId, noTenant, { nodes: 1 });
      const subject = { resourceType: 'node' as const, resourceId: nodeId, resourceName: request.nodeName };
      await tx.actions.insert(userlessAction(organizationId, 'join', subject, now));
      await tx.events.append([
        {
          organizationId,
          projectId: null,
          type: 'node',
          verb: 'create',
          resourceId: nodeId,
          state: 'joining',
          parents: [],
        },
      ]);
      await tx.outbox.add([`node:${nodeId}`]);
    });
    return { nodeId, certificatePem: issued.certificatePem, caPem: await this.authority.caPem() };
  }

  async renew(
    nodeId: string,
    certificateSerial: string,
    csrPem: string,
  ): Promise<{ certificatePem: string; caPem: string }> {
    const publicKey = await requestedKey(csrPem);
    const issued = await this.issue(nodeId, publicKey);
    const from = certificateSerial.toUpperCase();
    const renewed = await this.work.platform((tx) =>
      tx.identity.joinTokens.renewCertificate(nodeId, from, issued.serial, issued.expiresAt),
    );
    if (!renewed) throw notRenewed();
    return { certificatePem: issued.certificatePem, caPem: await this.authority.caPem() };
  }

  private issue(nodeId: string, publicKey: Awaited<ReturnType<typeof requestedKey>>) {
    return this.authority.issue({ commonName: `node:${nodeId}`, publicKey, lifetimeMs, usages: ['client'], names: [] });
  }

  private async checkToken(tokenId: string, secret: string): Promise<void> {
    const token = isId(tokenId) ? await this.work.platformRead((tx) => tx.identity.joinTokens.get(tokenId)) : null;
    const given = hashSecret(secret);
    const same = timingSafeEqual(token?.secretHash ?? hashSecret(''), given);
    if (!token || !same || token.usedAt || token.revokedAt || token.expiresAt <= this.clock.now()) throw refused();
  }
}
