import { backOffMs, renewAt } from '#libs/domain/certificate/renewal.js';
import { covers } from '#libs/domain/route/host-name.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { Log } from '#libs/platform/log.js';
import type { Reconciler } from '../reconcile/reconciler.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { ChallengeAnswers, NotInForce } from './challenge.answers.js';
import { certificateEvent } from './certificate.event.js';
import { CertificateIssuer, IssuerRefusal, type Issued } from './certificate-issuer.port.js';
import { readCertificate } from './certificate.reader.js';
import type { CertificateRecord } from './certificate.repository.port.js';
import { CertificateVault } from './certificate.vault.js';

export interface IssuingTimes {
  /** An order that takes longer is given up. */
  orderMs: number;
  /** How long edges may take to answer for a host. */
  edgesMs: number;
  /** A lease that is not kept up ends after this. */
  leaseMs: number;
}

export const issuingTimes: IssuingTimes = { orderMs: 180_000, edgesMs: 30_000, leaseMs: 60_000 };

/** Who has it is the only one to speak with the issuer: its limits are for all of the platform together. */
const lease = 'certificate-issuer';
/** Until a certificate looks again whose turn it was not, or for which there were no edges. */
const waitMs = 5_000;
const edgesAwayMs = 15_000;
const defectMs = 60_000;
const dayMs = 86_400_000;

/** Has certificates issued and renewed that were asked for, one at a time over all workers. */
export class CertificateReconciler implements Reconciler {
  private readonly answers: ChallengeAnswers;
  private readonly ending = new AbortController();

  /** @param issuer null: the platform has none */
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly vault: CertificateVault,
    private readonly issuer: CertificateIssuer | null,
    private readonly log: Log,
    private readonly times: IssuingTimes = issuingTimes,
  ) {
    this.answers = new ChallengeAnswers(work, clock, times.edgesMs);
  }

  /** Gives up what is on its way; another worker begins it anew. */
  stop(): void {
    this.ending.abort();
  }

  async reconcile(id: string): Promise<Date | null> {
    const certificate = await this.work.platformRead((tx) => tx.certificates.getAny(id));
    if (!certificate || certificate.source !== 'acme' || this.ending.signal.aborted) return null;
    const now = this.clock.now();
    if (certificate.lookAgainAt && certificate.lookAgainAt > now) return null;
    if (certificate.chainPem !== null && certificate.lookAgainAt === null) return null;
    if (!this.issuer) return this.later(id, dayMs, 'This platform has no issuer of certificates any more; upload one.');
    const obstacle = await this.obstacle(certificate, now);
    if (obstacle) return this.later(id, obstacle.waitMs, obstacle.problem);
    // Of this order, not of this worker, which may be asked for several at once.
    const holder = newId<string>();
    const mine = await this.work.platform((tx) => tx.leases.take(lease, holder, this.times.leaseMs));
    // A while that differs, so that those who wait do not all come back at once.
    if (!mine) return this.later(id, waitMs * (1 + Math.random()), certificate.problem);
    const keeping = setInterval(() => void this.keepLease(holder), this.times.leaseMs / 3);
    try {
      await this.order(certificate, this.issuer);
    } finally {
      clearInterval(keeping);
      await this.work.platform((tx) => tx.leases.release(lease, holder));
    }
    return null;
  }

  /** What is in the way before the issuer is asked at all. `waitMs` null: until a domain is proven. */
  private async obstacle(
    { organizationId, names, chainPem }: CertificateRecord,
    now: Date,
  ): Promise<{ waitMs: number | null; problem: string } | null> {
    const { owned, backOffs } = await this.work.platformRead(async (tx) => ({
      owned: await tx.domains.ownedOf(organizationId, names),
      backOffs: await tx.issuing.backOffs(names),
    }));
    const foreign = names.filter((name) => !owned.includes(name));
    if (foreign.length) {
      const problem = `It waits for the proof that ${foreign.join(', ')} is yours: add a domain, or a route below the platform’s own.`;
      return { waitMs: chainPem === null ? null : dayMs, problem };
    }
    const resting = backOffs.filter(({ notBefore }) => notBefore > now).sort((a, b) => +b.notBefore - +a.notBefore)[0];
    return resting ? { waitMs: +resting.notBefore - +now, problem: resting.problem } : null;
  }

  private async order(certificate: CertificateRecord, issuer: CertificateIssuer): Promise<void> {
    const { id, names } = certificate;
    const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(this.times.orderMs)]);
    try {
      const issued = await this.issued(certificate, issuer, signal);
      await this.store(id, issued);
      this.log.info({ certificate: id, names }, 'A certificate was issued.');
    } catch (error) {
      if (this.ending.signal.aborted) return;
      this.log.warn({ certificate: id, names, err: error }, 'A certificate was not issued.');
      if (error instanceof IssuerRefusal) await this.refused(id, names, error.message);
      else if (error instanceof NotInForce) await this.later(id, edgesAwayMs, error.message);
      // Not at once, as other keys are tried again: the issuer would be asked each time.
      else await this.later(id, defectMs, 'The platform failed to have it issued; it tries again.');
    } finally {
      await this.answers.withdraw(id).catch((error: unknown) => this.log.debug({ err: error }, 'Answers stay.'));
    }
  }

  private async issued(
    certificate: CertificateRecord,
    issuer: CertificateIssuer,
    signal: AbortSignal,
  ): Promise<Issued> {
    const { directory } = issuer;
    const account = await this.account(issuer);
    const issued = await issuer.issue({
      names: certificate.names,
      accountKey: this.vault.open(account.keySealed, directory),
      answer: (challenges) => this.answers.give(certificate, challenges, signal),
      signal,
    });
    if (account.url === null) {
      await this.work.platform((tx) => tx.issuing.saveAccount(directory, issued.accountUrl, account.keySealed));
    }
    return issued;
  }

  private async account(issuer: CertificateIssuer): Promise<{ url: string | null; keySealed: Buffer }> {
    const { directory } = issuer;
    const known = await this.work.platformRead((tx) => tx.issuing.account(directory));
    if (known) return known;
    const keySealed = this.vault.seal(await issuer.accountKey(), directory);
    return this.work.platform((tx) => tx.issuing.saveAccount(directory, null, keySealed));
  }

  private async store(id: string, { chainPem, keyPem: given }: Issued): Promise<void> {
    const now = this.clock.now();
    await this.change(id, async (tx, present) => {
      const { keyPem, names, ...read } = this.read(chainPem, given, now);
      const missing = present.names.filter((wanted) => !names.some((name) => covers(name, wanted)));
      if (missing.length) throw new IssuerRefusal(`The issuer’s certificate is not for ${missing.join(', ')}.`);
      await tx.issuing.clearBackOffs(present.names);
      const lookAgainAt = renewAt(read.notBefore, read.notAfter);
      const issued = { ...present, ...read, attempts: 0, problem: null, lookAgainAt };
      return { issued, keySealed: this.vault.seal(keyPem, id) };
    });
  }

  private read(chainPem: string, keyPem: string, now: Date) {
    try {
      return readCertificate(chainPem, keyPem, now);
    } catch (error) {
      throw new IssuerRefusal(`The issuer’s certificate is of no use: ${(error as Error).message}`);
    }
  }

  private async refused(id: string, names: string[], problem: string): Promise<void> {
    const now = this.clock.now();
    await this.change(id, async (tx, present) => {
      const before = new Map((await tx.issuing.backOffs(names)).map((each) => [each.name, each.failures]));
      const backOffs = names.map((name) => {
        const failures = (before.get(name) ?? 0) + 1;
        return { name, failures, notBefore: new Date(+now + backOffMs(failures)), problem };
      });
      await tx.issuing.saveBackOffs(backOffs);
      const lookAgainAt = new Date(Math.max(...backOffs.map(({ notBefore }) => +notBefore)));
      return { issued: { ...present, attempts: present.attempts + 1, problem, lookAgainAt } };
    });
  }

  /** @param waitMs null: until something tells of it */
  private async later(id: string, waitMs: number | null, problem: string | null): Promise<null> {
    const lookAgainAt = waitMs === null ? null : new Date(this.clock.now().getTime() + waitMs);
    await this.change(id, (_, present) => Promise.resolve({ issued: { ...present, lookAgainAt, problem } }));
    return null;
  }

  /** Of the row as it is now: the user may have changed or deleted it in the meantime. */
  private async change(
    id: string,
    next: (tx: Transaction, present: CertificateRecord) => Promise<{ issued: CertificateRecord; keySealed?: Buffer }>,
  ): Promise<void> {
    await this.work.platform(async (tx) => {
      const present = await tx.certificates.lockAny(id);
      if (!present) return;
      const { issued, keySealed } = await next(tx, present);
      await tx.certificates.update(issued, keySealed);
      const shown = issued.problem !== present.problem || issued.fingerprint !== present.fingerprint;
      if (shown) await tx.events.append([certificateEvent(issued, 'update', this.clock.now())]);
    });
  }

  private async keepLease(holder: string): Promise<void> {
    await this.work
      .platform((tx) => tx.leases.take(lease, holder, this.times.leaseMs))
      .catch((error: unknown) => this.log.debug({ err: error }, 'The lease was not kept up this time.'));
  }
}
