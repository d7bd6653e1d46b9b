import type { ProjectRole } from '#libs/domain/identity/role.js';
import { notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize } from '../authorization/authorize.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { auditAction } from './audit.js';
import { CredentialInvalidations } from './credential-invalidations.port.js';
import type { MemberRecord } from './organization.repository.port.js';
import type { UserRecord } from './user.repository.port.js';

/** Who has a role in the context's project only, member of its organization or not. */
export class ProjectMemberService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly invalidations: CredentialInvalidations,
  ) {}

  async list(context: RequestContext, page: PageWish): Promise<Page<MemberRecord<ProjectRole>>> {
    authorize(context, 'project-member', 'read');
    return this.work.tenantRead(context, (tx) =>
      tx.identity.projects.members(context.projectId, page.limit, page.offset),
    );
  }

  async set(
    context: RequestContext,
    reference: string,
    role: ProjectRole,
  ): Promise<{ user: UserRecord; role: ProjectRole }> {
    authorize(context, 'project-member', 'update');
    const user = await this.findUser(reference);
    await this.work.tenant(context, async (tx) => {
      await tx.identity.projects.setMember(context.organizationId, context.projectId, user.id, role);
      await tx.actions.insert(this.audit(context, 'set-member', user));
    });
    await this.invalidations.settle();
    return { user, role };
  }

  async remove(context: RequestContext, reference: string): Promise<void> {
    authorize(context, 'project-member', 'delete');
    const user = await this.findUser(reference);
    await this.work.tenant(context, async (tx) => {
      if (!(await tx.identity.projects.removeMember(context.projectId, user.id))) throw notFound('member');
      await tx.actions.insert(this.audit(context, 'remove-member', user));
    });
    await this.invalidations.settle();
  }

  private audit(context: RequestContext, verb: string, user: UserRecord) {
    const subject = { resourceType: 'member' as const, resourceId: user.id, resourceName: user.name };
    const place = { organizationId: context.organizationId, projectId: context.projectId };
    return auditAction(context, verb, subject, this.clock.now(), place);
  }

  private async findUser(reference: string): Promise<UserRecord> {
    const user = await this.work.platformRead((tx) => tx.identity.users.get(reference));
    if (!user) throw notFound('user');
    return user;
  }
}
