import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from '#libs/platform/clock.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { certificateEvent } from './certificate.event.js';
import type { IssuerChallenge } from './certificate-issuer.port.js';
import type { CertificateRecord } from './certificate.repository.port.js';

const lookMs = 150;

/** The edges do not answer for the hosts; the issuer was not asked to look. */
export class NotInForce extends Error {}

/** What edges are to answer to issuers: given out, and waited for until every edge that is up does. */
export class ChallengeAnswers {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly withinMs: number,
  ) {}

  /** Errors: `NotInForce`. */
  async give(certificate: CertificateRecord, challenges: IssuerChallenge[], signal: AbortSignal): Promise<void> {
    const { id, organizationId } = certificate;
    const records = challenges.map((each) => ({ ...each, certificateId: id, organizationId }));
    await this.work.platform(async (tx) => {
      if (!(await tx.certificates.lockAny(id))) throw new NotInForce('The certificate was deleted.');
      await tx.certificates.setChallenges(id, records);
      await this.tell(tx, certificate);
    });
    const until = performance.now() + this.withinMs;
    for (;;) {
      const state = await this.work.platformRead((tx) => tx.certificates.challengesInForce(id));
      if (state === 'yes') return;
      if (state === 'none') throw new NotInForce('No node in the edge role is up, so the issuer would find nothing.');
      if (performance.now() > until) throw new NotInForce('Not every edge has confirmed that it answers the issuer.');
      await delay(lookMs, undefined, { signal });
    }
  }

  async withdraw(certificateId: string): Promise<void> {
    await this.work.platform(async (tx) => {
      const certificate = await tx.certificates.lockAny(certificateId);
      if (!certificate || !(await tx.certificates.setChallenges(certificateId, []))) return;
      await this.tell(tx, certificate);
    });
  }

  /** Edges read the project anew. */
  private async tell(tx: Transaction, certificate: CertificateRecord): Promise<void> {
    await tx.events.append([certificateEvent(certificate, 'update', this.clock.now())]);
  }
}
