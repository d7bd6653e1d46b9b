import { Body, Controller, Delete, Get, Inject, Param, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ProjectMemberService } from '#libs/core/identity/project-member.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { memberAnswer, projectMemberBody, toMember } from './member.wire.js';

const parent = (context: RequestContext) => `/api/v1/projects/${context.projectId}`;

@Chapter('members')
@Controller('api/v1/projects/:project/members')
export class ProjectMemberController {
  constructor(@Inject(ProjectMemberService) private readonly members: ProjectMemberService) {}

  @Allow('project-member', 'read')
  @Get()
  @Describe('Lists who has a role in this project only.', 200, pageOf(memberAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) page: z.output<typeof pageQuery>) {
    return toPage(await this.members.list(context, page), page, toMember(parent(context)));
  }

  @Allow('project-member', 'update')
  @Put(':user')
  @Describe('Gives a user (by id, name or email address) a role in this project.', 200, memberAnswer)
  async set(
    @Context() context: RequestContext,
    @Param('user') user: string,
    @Body({ schema: projectMemberBody }) body: z.output<typeof projectMemberBody>,
  ) {
    return toMember(parent(context))(await this.members.set(context, user, body.role));
  }

  @Allow('project-member', 'delete')
  @Delete(':user')
  @Describe('Takes a user’s role in this project away.', 204)
  remove(@Context() context: RequestContext, @Param('user') user: string): Promise<void> {
    return this.members.remove(context, user);
  }
}
