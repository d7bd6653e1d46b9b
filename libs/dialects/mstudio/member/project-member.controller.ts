import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { MembershipQueries } from '#libs/core/identity/membership.queries.js';
import { ProjectMemberService } from '#libs/core/identity/project-member.service.js';
import { ProjectService } from '#libs/core/identity/project.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { LocatedBy } from '../../kit/access/tenant.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { pageQuery, writePage, type PageQuery, type WireReply } from '../wire/page.wire.js';
import {
  projectRoleOf,
  refuseExpiry,
  roleInProject,
  selectProjectMembers,
  toProjectMember,
} from './member.translate.js';
import {
  projectInviteWire,
  projectMemberQuery,
  projectMemberWire,
  type ProjectInviteWire,
  type ProjectMemberQuery,
  type ProjectMemberWire,
} from './member.wire.js';

@Controller('v2')
export class ProjectMemberController {
  constructor(
    @Inject(MembershipQueries) private readonly memberships: MembershipQueries,
    @Inject(ProjectMemberService) private readonly members: ProjectMemberService,
    @Inject(ProjectService) private readonly projects: ProjectService,
  ) {}

  @Get('project-memberships')
  @Allow('profile', 'read')
  async own(
    @Reach() reach: RequestContext[],
    @Query({ schema: projectMemberQuery }) query: ProjectMemberQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { projects } = await this.memberships.own(reach);
    return writePage(reply, selectProjectMembers(projects.map(toProjectMember), query), query);
  }

  @Get('projects/:project/memberships')
  @Allow('project-member', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: projectMemberQuery }) query: ProjectMemberQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const members = await this.memberships.ofProject(context);
    return writePage(reply, selectProjectMembers(members.map(toProjectMember), query), query);
  }

  @Get('projects/:project/memberships/self')
  @Allow('project-member', 'read')
  async self(@Context() context: RequestContext) {
    const [member] = (await this.memberships.own([context])).projects;
    if (!member) throw notFound('project membership');
    return toProjectMember(member);
  }

  @Get('projects/:project/invites')
  @Allow('project-member', 'read')
  invites(@Query({ schema: pageQuery }) query: PageQuery, @Res({ passthrough: true }) reply: WireReply) {
    return writePage(reply, [], query);
  }

  /** As with customers: who has an account here is a member at once. */
  @Post('projects/:project/invites')
  @Allow('project-member', 'create')
  async invite(@Context() context: RequestContext, @Body({ schema: projectInviteWire }) body: ProjectInviteWire) {
    refuseExpiry(body.membershipExpiresAt, 'membershipExpiresAt');
    const role = roleInProject(body.role);
    const project = await this.projects.get(context);
    const { user } = await this.members.set(context, body.mailAddress, role);
    const member = (await this.memberships.ofProject(context)).find((each) => each.user.id === user.id);
    if (!member) throw notFound('member');
    return {
      id: member.id,
      projectId: project.id,
      projectDescription: project.displayName,
      mailAddress: body.mailAddress,
      accepted: true,
      role: body.role,
      information: { invitedBy: context.userId },
    };
  }
}

/** Roles that come from the customer are changed there, and not found here. */
@Controller('v2/project-memberships/:membership')
@LocatedBy('project membership', 'membership')
export class ProjectMembershipController {
  constructor(
    @Inject(MembershipQueries) private readonly memberships: MembershipQueries,
    @Inject(ProjectMemberService) private readonly members: ProjectMemberService,
  ) {}

  @Get()
  @Allow('project-member', 'read')
  async get(@Context() context: RequestContext, @Param('membership', IdPipe) id: string) {
    return toProjectMember(await this.memberships.inProject(context, id));
  }

  @Patch()
  @Allow('project-member', 'update')
  @HttpCode(204)
  async update(
    @Context() context: RequestContext,
    @Param('membership', IdPipe) id: string,
    @Body({ schema: projectMemberWire }) body: ProjectMemberWire,
  ): Promise<void> {
    refuseExpiry(body.expiresAt, 'expiresAt');
    const member = await this.memberships.inProject(context, id);
    if (projectRoleOf[member.role] === body.role) return;
    await this.members.set(context, member.user.id, roleInProject(body.role));
  }

  @Delete()
  @Allow('project-member', 'delete')
  @HttpCode(204)
  async remove(@Context() context: RequestContext, @Param('membership', IdPipe) id: string): Promise<void> {
    const member = await this.memberships.inProject(context, id);
    await this.members.remove(context, member.user.id);
  }
}
