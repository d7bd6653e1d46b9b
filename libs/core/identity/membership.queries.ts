import { createHash } from 'node:crypto';
import { notFound } from '#libs/domain/error.js';
import type { OrganizationRole, ProjectRole } from '#libs/domain/identity/role.js';
import { authorize, refusalOf } from '../authorization/authorize.js';
import { withinProject } from '../tenancy/context-for.js';
import { reachOrganization } from '../tenancy/reach-organization.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { MemberRecord } from './organization.repository.port.js';
import type { UserRecord } from './user.repository.port.js';

export interface OrganizationMembership extends MemberRecord<OrganizationRole> {
  organizationId: string;
}

export interface ProjectMembership extends MemberRecord<ProjectRole> {
  projectId: string;
  /** Held by the role in the organization; its id is of this project and that membership, and stored nowhere. */
  inherited: boolean;
}

/** More than an organization may have. */
const mostMembers = 10_000;

/** Memberships by their ids, and what each role in the organization is worth in a project. */
export class MembershipQueries {
  constructor(private readonly work: UnitOfWork) {}

  async ofOrganization(context: RequestContext, organization: string): Promise<OrganizationMembership[]> {
    authorize(context, 'member', 'read');
    const { id: organizationId } = await reachOrganization(this.work, context, organization);
    const { rows } = await this.work.tenantRead({ organizationId }, (tx) =>
      tx.identity.organizations.members(organizationId, mostMembers, 0),
    );
    return rows.map((row) => ({ ...row, organizationId }));
  }

  async inOrganization(context: RequestContext, id: string): Promise<OrganizationMembership> {
    authorize(context, 'member', 'read');
    const { organizationId } = context;
    const found = await this.work.tenantRead(context, (tx) => tx.identity.organizations.memberById(organizationId, id));
    if (!found) throw notFound('membership');
    return { ...found, organizationId };
  }

  /** A member of the organization as well as of the project stands there once, as the latter. */
  async ofProject(context: RequestContext): Promise<ProjectMembership[]> {
    authorize(context, 'project-member', 'read');
    const seesAll = refusalOf(context, 'member', 'read') === null;
    const { projectId, organizationId } = context;
    const [own, above] = await this.work.tenantRead(context, async (tx) => [
      (await tx.identity.projects.members(projectId, mostMembers, 0)).rows,
      seesAll ? (await tx.identity.organizations.members(organizationId, mostMembers, 0)).rows : [],
    ]);
    const known = new Set(own.map(({ user }) => user.id));
    return [
      ...own.map((member) => ({ ...member, projectId, inherited: false })),
      ...above.filter(({ user }) => !known.has(user.id)).map((member) => inherited(member, projectId)),
    ];
  }

  async inProject(context: RequestContext, id: string): Promise<ProjectMembership> {
    authorize(context, 'project-member', 'read');
    const { projectId } = context;
    const found = await this.work.tenantRead(context, (tx) => tx.identity.projects.memberById(projectId, id));
    if (!found) throw notFound('project membership');
    return { ...found, projectId, inherited: false };
  }

  /** The caller's own memberships, as far as the credential reaches: `contexts` has one context for each project. */
  async own(
    contexts: readonly RequestContext[],
  ): Promise<{ organizations: OrganizationMembership[]; projects: ProjectMembership[] }> {
    const [first] = contexts;
    if (!first) return { organizations: [], projects: [] };
    authorize(first, 'profile', 'read');
    const { user, held } = await this.work.platformRead(async (tx) => ({
      user: await tx.identity.users.get(first.userId),
      held: await tx.identity.users.memberships(first.userId),
    }));
    if (!user) throw notFound('user');
    const reached = new Set(contexts.map(({ organizationId }) => organizationId));
    return {
      organizations: held.organizations.flatMap(({ organizationId, ...each }) =>
        reached.has(organizationId) ? [{ ...each, user, organizationId }] : [],
      ),
      projects: contexts.flatMap(({ projectId, organizationId }): ProjectMembership[] => {
        const direct = held.projects.find((each) => each.projectId === projectId);
        if (direct) return [{ ...direct, user, inherited: false }];
        const above = held.organizations.find((each) => each.organizationId === organizationId);
        return above ? [inherited({ ...above, user }, projectId)] : [];
      }),
    };
  }
}

function inherited(
  { id, user, role, since }: { id: string; user: UserRecord; role: OrganizationRole; since: Date },
  projectId: string,
): ProjectMembership {
  return { id: derivedId(id, projectId), user, role: withinProject[role], since, projectId, inherited: true };
}

/** A UUID of version 8: the same for the same two. */
function derivedId(membershipId: string, projectId: string): string {
  const hash = createHash('sha256').update(`${membershipId}/${projectId}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const text = hash.toString('hex', 0, 16);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}
