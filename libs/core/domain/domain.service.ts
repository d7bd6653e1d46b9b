import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { canonicalName } from '#libs/domain/route/host-name.js';
import { Clock } from '#libs/platform/clock.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { ReconcileKey } from '../outbox/outbox.port.js';
import { tellOfRoutes } from '../route/route.event.js';
import { RouteSettings } from '../route/route.settings.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { DomainProofs, type ProofAnswer } from './domain-proofs.port.js';
import { domainEvent, newDomain, proofsOf } from './domain.record.js';
import type { DomainProof, DomainRecord } from './domain.repository.port.js';

const mostPerProject = 200;
/** Looks go out into the world at a tenant’s word: not more often than this for one domain. */
const lookEveryMs = 3_000;

/**
 * Domains that projects claim. A claim is worth nothing until it is proven, and then holds for the whole organization
 * and every name below, as far as nobody has proven a nearer one.
 */
export class DomainService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly proofs: DomainProofs,
    private readonly settings: RouteSettings,
  ) {}

  /** Errors: `invalid`, `conflict` when the project has it already. */
  async create(context: RequestContext, name: string): Promise<{ domain: DomainRecord; action: ActionRecord }> {
    authorize(context, 'domain', 'create');
    const canonical = canonicalName(name);
    if (canonical === null) {
      throw invalid('name', `name: "${name}" is no domain; write it as example.com, without a star.`);
    }
    const { defaultDomain } = this.settings;
    if (defaultDomain !== null && (canonical === defaultDomain || canonical.endsWith(`.${defaultDomain}`))) {
      throw invalid('name', `name: ${defaultDomain} is the platform’s; make a route on ${canonical} to be given it.`);
    }
    return this.work.tenant(context, async (tx) => {
      const { total } = await tx.domains.list(context.projectId, 1, 0);
      if (total >= mostPerProject) {
        throw new DomainError('quota', `This project has ${total} domains; no more are taken. Delete one first.`);
      }
      const domain = newDomain(context, canonical, this.clock.now());
      await tx.domains.insert(domain);
      return { domain, action: await this.noted(tx, context, 'create', domain) };
    });
  }

  async list(context: RequestContext, limit: number, offset: number): Promise<Page<DomainRecord>> {
    authorize(context, 'domain', 'read');
    return this.work.tenantRead(context, (tx) => tx.domains.list(context.projectId, limit, offset));
  }

  async get(context: RequestContext, nameOrId: string): Promise<DomainRecord> {
    authorize(context, 'domain', 'read');
    const domain = await this.work.tenantRead(context, (tx) => tx.domains.get(context.projectId, nameOrId));
    if (!domain) throw notFound('domain');
    return domain;
  }

  /**
   * Looks for the proofs, and has the organization’s routes on the domain served when one is there. Otherwise the
   * domain’s `problem` says what was found. Who proves it now takes it from an organization whose proof is gone.
   * Errors: `rate-limited`; `conflict` when somebody else’s proof stands.
   */
  async verify(context: RequestContext, nameOrId: string): Promise<DomainRecord> {
    authorize(context, 'domain', 'update');
    const domain = await this.startLook(context, nameOrId);
    if (domain.verifiedAt) return domain;
    const { by, problem } = await this.look(domain);
    if (by === null) {
      return this.work.tenant(context, async (tx) => {
        const present = await reach(tx, context, domain.id);
        if (present.verifiedAt) return present;
        return updated(tx, { ...present, problem });
      });
    }
    const former = await this.work.platformRead((tx) => tx.domains.verified(domain.name));
    if (former && former.id !== domain.id) await this.refuseUnlessGone(context, former);
    return this.work.platform((tx) => this.settle(tx, context, domain, by, former));
  }

  /** Errors: `state` while routes need it, and for one that came with a route. */
  async delete(context: RequestContext, nameOrId: string): Promise<ActionRecord> {
    authorize(context, 'domain', 'delete');
    const { id } = await this.get(context, nameOrId);
    return this.work.platform(async (tx) => {
      await tx.domains.changeOwners();
      const domain = await reach(tx, context, id);
      if (domain.granted) {
        throw new DomainError('state', `${domain.name} came with a route and goes with the last one on it.`);
      }
      await tx.domains.delete(domain.id);
      const orphans = domain.verifiedAt ? await tx.routes.settleOwners(domain.name) : [];
      const lost = orphans.filter((route) => route.organizationId === context.organizationId && !route.owned);
      if (lost.length) {
        const hosts = [...new Set(lost.map(({ spec }) => (spec.kind === 'http' ? spec.host : '')))].slice(0, 5);
        throw new DomainError('state', `Routes are on ${hosts.join(', ')}; delete those first.`);
      }
      await tellOfRoutes(tx, 'update', orphans);
      return this.noted(tx, context, 'delete', domain);
    });
  }

  /** Written before the look, so that two at once do not both go out. */
  private startLook(context: RequestContext, nameOrId: string): Promise<DomainRecord> {
    return this.work.tenant(context, async (tx) => {
      const domain = await reach(tx, context, nameOrId);
      if (domain.verifiedAt) return domain;
      const now = this.clock.now();
      const waitMs = domain.checkedAt ? domain.checkedAt.getTime() + lookEveryMs - now.getTime() : 0;
      if (waitMs > 0) {
        const retryAfterSeconds = Math.ceil(waitMs / 1_000);
        throw new DomainError(
          'rate-limited',
          `${domain.name} was looked at just now; try again in ${retryAfterSeconds} s.`,
          { retryAfterSeconds },
        );
      }
      return updated(tx, { ...domain, checkedAt: now });
    });
  }

  private async look(domain: DomainRecord): Promise<{ by: DomainProof | null; problem: string | null }> {
    const { dns, http } = proofsOf(domain);
    const [record, file]: [ProofAnswer, ProofAnswer] = await Promise.all([
      this.proofs.txt(dns.name, dns.text),
      this.proofs.http(domain.name, http.path, http.text),
    ]);
    if (record.found) return { by: 'dns', problem: null };
    if (file.found) return { by: 'http', problem: null };
    return { by: null, problem: `Neither proof is there. DNS: ${record.instead} HTTP: ${file.instead}` };
  }

  private async refuseUnlessGone(context: RequestContext, former: DomainRecord): Promise<void> {
    if (former.organizationId === context.organizationId) {
      throw new DomainError(
        'conflict',
        `Another project of your organization has proven ${former.name}, and that holds for this one too: its routes are served.`,
      );
    }
    const { by } = await this.look(former);
    if (by === null) return;
    throw new DomainError(
      'conflict',
      `Another organization has proven ${former.name}, and its proof is still there. Remove that first if the domain is yours.`,
    );
  }

  private async settle(
    tx: Transaction,
    context: RequestContext,
    { id, name }: DomainRecord,
    by: DomainProof,
    former: DomainRecord | null,
  ): Promise<DomainRecord> {
    await tx.domains.changeOwners();
    const domain = await reach(tx, context, id);
    const holder = await tx.domains.verified(name);
    if (holder?.id === id) return domain;
    if (holder && holder.id !== former?.id) {
      throw new DomainError('stale', `${name} was just proven by somebody else; try again.`);
    }
    if (holder) {
      const lost = {
        ...holder,
        verifiedAt: null,
        verifiedBy: null,
        problem: 'Another organization has proven it, and the proof for this one was gone.',
      };
      await tx.events.append([domainEvent(await updated(tx, lost), 'update')]);
    }
    const now = this.clock.now();
    const verified = await updated(tx, { ...domain, verifiedAt: now, verifiedBy: by, problem: null });
    await tellOfRoutes(tx, 'update', await tx.routes.settleOwners(name));
    const waiting = await tx.certificates.pending(context.organizationId);
    await tx.outbox.add(waiting.map((certificateId): ReconcileKey => `certificate:${certificateId}`));
    await this.noted(tx, context, 'verify', verified);
    return verified;
  }

  private async noted(
    tx: Transaction,
    context: RequestContext,
    verb: 'create' | 'verify' | 'delete',
    domain: DomainRecord,
  ): Promise<ActionRecord> {
    await tx.events.append([domainEvent(domain, verb === 'verify' ? 'update' : verb)]);
    const subject = { resourceType: 'domain' as const, resourceId: domain.id, resourceName: domain.name };
    const action = userAction(context, verb, subject, this.clock.now());
    await tx.actions.insert(action);
    return action;
  }
}

async function reach(tx: Transaction, context: RequestContext, nameOrId: string): Promise<DomainRecord> {
  const domain = await tx.domains.get(context.projectId, nameOrId);
  if (!domain) throw notFound('domain');
  return domain;
}

const updated = async (tx: Transaction, domain: DomainRecord): Promise<DomainRecord> => ({
  ...domain,
  rowVersion: await tx.domains.update(domain),
});
