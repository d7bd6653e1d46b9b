import type { OrganizationRole } from '#libs/domain/identity/role.js';
import { DomainError, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize, isOperator } from '../authorization/authorize.js';
import type { Page, PageWish } from '../tenancy/page.js';
import { reachOrganization } from '../tenancy/reach-organization.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import type { MemberRecord, OrganizationRecord } from './organization.repository.port.js';
import type { UserRecord } from './user.repository.port.js';

/** Members of an organization. Only an owner makes or unmakes owners, and the last one stays. */
export class MemberService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  async list(
    context: RequestContext,
    organization: string,
    page: PageWish,
  ): Promise<Page<MemberRecord<OrganizationRole>>> {
    authorize(context, 'member', 'read');
    const { id } = await reachOrganization(this.work, context, organization);
    return this.work.tenantRead({ organizationId: id }, (tx) =>
      tx.identity.organizations.members(id, page.limit, page.offset),
    );
  }

  /** Adds a user or gives a member another role. `user` is an id, a name or an email address. */
  async set(
    context: RequestContext,
    organization: string,
    user: string,
    role: OrganizationRole,
  ): Promise<{ user: UserRecord; role: OrganizationRole }> {
    authorize(context, 'member', 'update');
    const place = await reachOrganization(this.work, context, organization);
    const found = await this.findUser(user);
    await this.change(context, place, found, 'set-member', async (tx, before) => {
      if (role === 'owner' || before === 'owner') this.mustHandleOwners(context);
      if (before === 'owner' && role !== 'owner') await mustNotBeLast(tx, place.id);
      await tx.identity.organizations.setMember(place.id, found.id, role);
    });
    return { user: found, role };
  }

  async remove(context: RequestContext, organization: string, user: string): Promise<void> {
    authorize(context, 'member', 'delete');
    const place = await reachOrganization(this.work, context, organization);
    const found = await this.findUser(user);
    await this.change(context, place, found, 'remove-member', async (tx, before) => {
      if (before === null) throw notFound('member');
      if (before === 'owner') {
        this.mustHandleOwners(context);
        await mustNotBeLast(tx, place.id);
      }
      await tx.identity.organizations.removeMember(place.id, found.id);
    });
  }

  private async change(
    context: RequestContext,
    organization: OrganizationRecord,
    user: UserRecord,
    verb: string,
    work: (tx: Transaction, before: OrganizationRole | null) => Promise<void>,
  ): Promise<void> {
    await this.work.tenant({ organizationId: organization.id }, async (tx) => {
      await work(tx, await tx.identity.organizations.member(organization.id, user.id));
      const subject = { resourceType: 'member' as const, resourceId: user.id, resourceName: user.name };
      const place = { organizationId: organization.id, projectId: null };
      await tx.actions.insert(auditAction(context, verb, subject, this.clock.now(), place));
    });
    await this.invalidations.settle();
  }

  /** Somebody who is no member yet is seen by the platform's role only. */
  private async findUser(reference: string): Promise<UserRecord> {
    const user = await this.work.platformRead((tx) => tx.identity.users.get(reference));
    if (!user) throw notFound('user');
    return user;
  }

  private mustHandleOwners(context: RequestContext): void {
    if (context.roles.includes('owner') || isOperator(context)) return;
    throw new DomainError('forbidden', 'Only an owner makes or unmakes owners.');
  }
}

async function mustNotBeLast(tx: Transaction, organizationId: string): Promise<void> {
  const owners = await tx.identity.organizations.lockOwners(organizationId);
  if (owners.length < 2) throw new DomainError('state', 'An organization keeps at least one owner.');
}
