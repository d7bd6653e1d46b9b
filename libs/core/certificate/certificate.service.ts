import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { canonicalHost, isWildcard } from '#libs/domain/route/host-name.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { certificateEvent } from './certificate.event.js';
import { readCertificate } from './certificate.reader.js';
import type { CertificateRecord } from './certificate.repository.port.js';
import { CertificateSettings } from './certificate.settings.js';
import { CertificateVault } from './certificate.vault.js';

export interface ChangedCertificate {
  certificate: CertificateRecord;
  action: ActionRecord;
}

/** PEM; the server’s own certificate comes first. */
export interface CertificatePair {
  chain: string;
  key: string;
}

const mostPerProject = 500;
/** What issuers put into one certificate. */
const mostNames = 100;

/** A project’s certificates: brought along, or issued on request and renewed. Their keys are never given out. */
export class CertificateService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly vault: CertificateVault,
    private readonly settings: CertificateSettings,
  ) {}

  /** Errors: `invalid` (chain, key), `quota`. */
  async upload(context: RequestContext, pair: CertificatePair): Promise<ChangedCertificate> {
    authorize(context, 'certificate', 'create');
    const now = this.clock.now();
    const { keyPem, ...read } = readCertificate(pair.chain, pair.key, now);
    const certificate: CertificateRecord = { ...blank(context, 'uploaded', now), ...read };
    return this.work.tenant(context, async (tx) => {
      await this.insert(tx, context, certificate, this.vault.seal(keyPem, certificate.id));
      return this.changed(tx, context, 'create', certificate);
    });
  }

  /** A new chain and key in place of the ones that are there: edges change over without a pause. */
  async replace(context: RequestContext, id: string, pair: CertificatePair): Promise<ChangedCertificate> {
    authorize(context, 'certificate', 'update');
    return this.work.tenant(context, async (tx) => {
      const present = await reach(tx, context, id);
      if (present.source === 'acme') {
        throw new DomainError(
          'state',
          'This certificate is issued and renewed by itself; upload yours as another one.',
        );
      }
      const { keyPem, ...read } = readCertificate(pair.chain, pair.key, this.clock.now());
      const certificate = { ...present, ...read, problem: null };
      certificate.rowVersion = await tx.certificates.update(certificate, this.vault.seal(keyPem, id));
      return this.changed(tx, context, 'update', certificate);
    });
  }

  /**
   * Asks for a certificate, which is issued in the background once the names are the organization’s, and renewed.
   * Errors: `invalid` (names), `unsupported` without an issuer, `quota`.
   */
  async request(context: RequestContext, names: readonly string[]): Promise<ChangedCertificate> {
    authorize(context, 'certificate', 'create');
    this.requireIssuer();
    const now = this.clock.now();
    const certificate: CertificateRecord = {
      ...blank(context, 'acme', now),
      names: canonicalNames(names),
      lookAgainAt: now,
    };
    return this.work.tenant(context, async (tx) => {
      await this.insert(tx, context, certificate, null);
      await tx.outbox.add([`certificate:${certificate.id}`]);
      return this.changed(tx, context, 'create', certificate);
    });
  }

  /** Tries now what would be tried later; an issuer’s back-off stands. Errors: `state` for one that was uploaded. */
  async renew(context: RequestContext, id: string): Promise<ChangedCertificate> {
    authorize(context, 'certificate', 'update');
    return this.work.tenant(context, async (tx) => {
      const present = await reach(tx, context, id);
      if (present.source !== 'acme') {
        throw new DomainError('state', 'This certificate was uploaded; upload its successor in its place.');
      }
      this.requireIssuer();
      const certificate = { ...present, lookAgainAt: this.clock.now() };
      certificate.rowVersion = await tx.certificates.update(certificate);
      await tx.outbox.add([`certificate:${id}`]);
      return this.changed(tx, context, 'renew', certificate);
    });
  }

  async list(context: RequestContext, limit: number, offset: number): Promise<Page<CertificateRecord>> {
    authorize(context, 'certificate', 'read');
    return this.work.tenantRead(context, (tx) => tx.certificates.list(context.projectId, limit, offset));
  }

  async get(context: RequestContext, id: string): Promise<CertificateRecord> {
    authorize(context, 'certificate', 'read');
    return this.work.tenantRead(context, (tx) => reach(tx, context, id));
  }

  /** Errors: `state` while a route names it. */
  async delete(context: RequestContext, id: string): Promise<ActionRecord> {
    authorize(context, 'certificate', 'delete');
    return this.work.tenant(context, async (tx) => {
      const certificate = await reach(tx, context, id);
      const routes = await tx.certificates.chosenBy(id);
      if (routes.length) {
        const some = routes.slice(0, 5).join(', ');
        throw new DomainError('state', `Routes name this certificate (${some}); give them another one first.`);
      }
      await tx.certificates.delete(id);
      return (await this.changed(tx, context, 'delete', certificate)).action;
    });
  }

  private requireIssuer(): void {
    if (this.settings.issues) return;
    throw new DomainError(
      'unsupported',
      'This platform has no issuer of certificates (PIERHEAD_ACME_DIRECTORY is not set); upload one.',
    );
  }

  private async insert(
    tx: Transaction,
    context: RequestContext,
    certificate: CertificateRecord,
    keySealed: Buffer | null,
  ): Promise<void> {
    const { total } = await tx.certificates.list(context.projectId, 1, 0);
    if (total >= mostPerProject) {
      throw new DomainError('quota', `This project has ${total} certificates; no more are taken. Delete one first.`);
    }
    await tx.certificates.insert(certificate, keySealed);
  }

  private async changed(
    tx: Transaction,
    context: RequestContext,
    verb: 'create' | 'update' | 'renew' | 'delete',
    certificate: CertificateRecord,
  ): Promise<ChangedCertificate> {
    const now = this.clock.now();
    await tx.events.append([certificateEvent(certificate, verb === 'renew' ? 'update' : verb, now)]);
    const resourceName = certificate.names[0] ?? null;
    const subject = { resourceType: 'certificate' as const, resourceId: certificate.id, resourceName };
    const action = userAction(context, verb, subject, now);
    await tx.actions.insert(action);
    return { certificate, action };
  }
}

const blank = (
  { organizationId, projectId }: RequestContext,
  source: CertificateRecord['source'],
  now: Date,
): CertificateRecord => ({
  id: newId(),
  organizationId,
  projectId,
  source,
  names: [],
  chainPem: null,
  issuer: null,
  fingerprint: null,
  notBefore: null,
  notAfter: null,
  attempts: 0,
  lookAgainAt: null,
  problem: null,
  createdAt: now,
  rowVersion: 1,
});

async function reach(tx: Transaction, context: RequestContext, id: string): Promise<CertificateRecord> {
  const certificate = await tx.certificates.get(context.projectId, id);
  if (!certificate) throw notFound('certificate');
  return certificate;
}

function canonicalNames(names: readonly string[]): string[] {
  if (names.length === 0 || names.length > mostNames) {
    throw invalid('names', `names: name 1 to ${mostNames} hosts.`);
  }
  const canonical = names.map((name, at) => {
    const host = canonicalHost(name);
    if (host === null) throw invalid(`names.${at}`, `names.${at}: "${name}" is no host; write it as shop.example.com.`);
    if (!isWildcard(host)) return host;
    throw invalid(
      `names.${at}`,
      `names.${at}: ${host} cannot be proven over HTTP, which is how certificates are issued here; name the hosts, or upload a certificate.`,
    );
  });
  return [...new Set(canonical)];
}
