import { Body, Controller, Delete, Get, Inject, Param, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { MemberService } from '#libs/core/identity/member.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { memberAnswer, memberBody, toMember } from './member.wire.js';

const parent = (organization: string) => `/api/v1/organizations/${organization}`;

@Chapter('members')
@Controller('api/v1/organizations/:organization/members')
export class MemberController {
  constructor(@Inject(MemberService) private readonly members: MemberService) {}

  @Allow('member', 'read')
  @Get()
  @Describe('Lists the organization’s members by name.', 200, pageOf(memberAnswer))
  async list(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Query({ schema: pageQuery }) page: z.output<typeof pageQuery>,
  ) {
    return toPage(await this.members.list(context, organization, page), page, toMember(parent(organization)));
  }

  @Allow('member', 'update')
  @Put(':user')
  @Describe('Adds a user (by id, name or email address) or changes a member’s role.', 200, memberAnswer)
  async set(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Param('user') user: string,
    @Body({ schema: memberBody }) body: z.output<typeof memberBody>,
  ) {
    return toMember(parent(organization))(await this.members.set(context, organization, user, body.role));
  }

  @Allow('member', 'delete')
  @Delete(':user')
  @Describe('Takes a user out of the organization and its projects.', 204)
  remove(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Param('user') user: string,
  ): Promise<void> {
    return this.members.remove(context, organization, user);
  }
}
