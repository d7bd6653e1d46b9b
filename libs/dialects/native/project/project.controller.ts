import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ProjectService } from '#libs/core/identity/project.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { newProjectBody, projectAnswer, projectPatchBody, toProject } from './project.wire.js';

@Chapter('projects')
@Controller('api/v1')
export class ProjectController {
  constructor(@Inject(ProjectService) private readonly projects: ProjectService) {}

  @Allow('project', 'create')
  @Post('organizations/:organization/projects')
  @Describe('Makes a project.', 201, projectAnswer)
  async create(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Body({ schema: newProjectBody }) body: z.output<typeof newProjectBody>,
  ) {
    return toProject(await this.projects.create(context, organization, body));
  }

  @Allow('project', 'read')
  @Get('organizations/:organization/projects')
  @Describe('Lists the organization’s projects, oldest first.', 200, pageOf(projectAnswer))
  async list(
    @Context() context: RequestContext,
    @Param('organization') organization: string,
    @Query({ schema: pageQuery }) page: z.output<typeof pageQuery>,
  ) {
    return toPage(await this.projects.list(context, organization, page), page, toProject);
  }

  @Allow('project', 'read')
  @Get('projects/:project')
  @Describe('One project, by id or namespace.', 200, projectAnswer)
  async get(@Context() context: RequestContext) {
    return toProject(await this.projects.get(context));
  }

  @Allow('project', 'update')
  @Patch('projects/:project')
  @Describe('Changes the display name.', 200, projectAnswer)
  async patch(
    @Context() context: RequestContext,
    @Body({ schema: projectPatchBody }) body: z.output<typeof projectPatchBody>,
  ) {
    return toProject(await this.projects.update(context, body.displayName));
  }

  @Allow('project', 'delete')
  @Delete('projects/:project')
  @Describe('Removes a project in which nothing is left.', 204)
  delete(@Context() context: RequestContext): Promise<void> {
    return this.projects.delete(context);
  }
}
