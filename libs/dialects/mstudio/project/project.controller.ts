import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { z } from 'zod';
import { ProjectService } from '#libs/core/identity/project.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { newId } from '#libs/platform/id.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import { newProjectInput, selectProjects, toProject, toProjectListItem } from './project.translate.js';
import { newProjectWire, projectListQuery, projectUpdateWire, type ProjectListQuery } from './project.wire.js';

@Controller('v2')
export class ProjectController {
  constructor(@Inject(ProjectService) private readonly projects: ProjectService) {}

  @Get('projects')
  @Allow('project', 'read')
  async list(
    @Reach() contexts: RequestContext[],
    @Query({ schema: projectListQuery }) query: ProjectListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const projects = selectProjects(await this.projects.reachable(contexts), query);
    return writePage(reply, projects, query).map(toProjectListItem);
  }

  @Get('projects/:project')
  @Allow('project', 'read')
  async get(@Context() context: RequestContext) {
    return toProject(await this.projects.get(context));
  }

  /** A customer's server has the customer's id. */
  @Post('servers/:organization/projects')
  @Allow('project', 'create')
  async create(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Body({ schema: newProjectWire }) body: z.output<typeof newProjectWire>,
  ) {
    const input = newProjectInput(body.description, newId().slice(0, 6));
    return { id: (await this.projects.create(context, organization, input)).id };
  }

  @Patch('projects/:project')
  @Allow('project', 'update')
  @HttpCode(204)
  async update(
    @Context() context: RequestContext,
    @Body({ schema: projectUpdateWire }) body: z.output<typeof projectUpdateWire>,
  ): Promise<void> {
    if (body.description !== undefined) await this.projects.update(context, body.description);
  }

  @Delete('projects/:project')
  @Allow('project', 'delete')
  @HttpCode(204)
  remove(@Context() context: RequestContext): Promise<void> {
    return this.projects.delete(context);
  }
}
