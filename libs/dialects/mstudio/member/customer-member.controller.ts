import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { MemberService } from '#libs/core/identity/member.service.js';
import { MembershipQueries } from '#libs/core/identity/membership.queries.js';
import { OrganizationService } from '#libs/core/identity/organization.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { LocatedBy } from '../../kit/access/tenant.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { pageQuery, writePage, type PageQuery, type WireReply } from '../wire/page.wire.js';
import { organizationRole, refuseExpiry, selectCustomerMembers, toCustomerMember } from './member.translate.js';
import {
  customerInviteWire,
  customerMemberQuery,
  customerMemberWire,
  type CustomerInviteWire,
  type CustomerMemberQuery,
  type CustomerMemberWire,
} from './member.wire.js';

@Controller('v2')
export class CustomerMemberController {
  constructor(
    @Inject(MembershipQueries) private readonly memberships: MembershipQueries,
    @Inject(MemberService) private readonly members: MemberService,
    @Inject(OrganizationService) private readonly organizations: OrganizationService,
  ) {}

  @Get('customer-memberships')
  @Allow('profile', 'read')
  async own(
    @Reach() reach: RequestContext[],
    @Query({ schema: customerMemberQuery }) query: CustomerMemberQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { organizations } = await this.memberships.own(reach);
    return writePage(reply, selectCustomerMembers(organizations.map(toCustomerMember), query), query);
  }

  @Get('customers/:organization/memberships')
  @Allow('member', 'read')
  async list(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Query({ schema: customerMemberQuery }) query: CustomerMemberQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const members = await this.memberships.ofOrganization(context, organization);
    return writePage(reply, selectCustomerMembers(members.map(toCustomerMember), query), query);
  }

  /** Nobody is written to: who has an account here is a member at once, so that there never is an open invitation. */
  @Get(['customer-invites', 'project-invites'])
  @Allow('profile', 'read')
  invites(@Query({ schema: pageQuery }) query: PageQuery, @Res({ passthrough: true }) reply: WireReply) {
    return writePage(reply, [], query);
  }

  @Get('customers/:organization/invites')
  @Allow('member', 'read')
  async invitesOf(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Query({ schema: pageQuery }) query: PageQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    await this.organizations.get(context, organization);
    return writePage(reply, [], query);
  }

  @Post('customers/:organization/invites')
  @Allow('member', 'create')
  async invite(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Body({ schema: customerInviteWire }) body: CustomerInviteWire,
  ) {
    refuseExpiry(body.membershipExpiresAt, 'membershipExpiresAt');
    const role = organizationRole(body.role, null);
    const place = await this.organizations.get(context, organization);
    const { user } = await this.members.set(context, organization, body.mailAddress, role);
    const members = await this.memberships.ofOrganization(context, organization);
    const member = members.find((each) => each.user.id === user.id);
    if (!member) throw notFound('member');
    return {
      id: member.id,
      customerId: place.id,
      customerName: place.displayName,
      mailAddress: body.mailAddress,
      accepted: true,
      role: body.role,
      information: { invitedBy: context.userId },
    };
  }
}

@Controller('v2/customer-memberships/:membership')
@LocatedBy('membership', 'membership')
export class CustomerMembershipController {
  constructor(
    @Inject(MembershipQueries) private readonly memberships: MembershipQueries,
    @Inject(MemberService) private readonly members: MemberService,
  ) {}

  @Get()
  @Allow('member', 'read')
  async get(@Context() context: RequestContext, @Param('membership', IdPipe) id: string) {
    return toCustomerMember(await this.memberships.inOrganization(context, id));
  }

  @Patch()
  @Allow('member', 'update')
  @HttpCode(204)
  async update(
    @Context() context: RequestContext,
    @Param('membership', IdPipe) id: string,
    @Body({ schema: customerMemberWire }) body: CustomerMemberWire,
  ): Promise<void> {
    refuseExpiry(body.expiresAt, 'expiresAt');
    const member = await this.memberships.inOrganization(context, id);
    const role = organizationRole(body.role, member.role);
    if (role !== member.role) await this.members.set(context, member.organizationId, member.user.id, role);
  }

  @Delete()
  @Allow('member', 'delete')
  @HttpCode(204)
  async remove(@Context() context: RequestContext, @Param('membership', IdPipe) id: string): Promise<void> {
    const member = await this.memberships.inOrganization(context, id);
    await this.members.remove(context, member.organizationId, member.user.id);
  }
}
