import { Body, Controller, Delete, Get, Inject, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ContainerCommands } from '#libs/core/container/container.commands.js';
import { ContainerQueries } from '#libs/core/container/container.queries.js';
import { StandaloneContainerCommands } from '#libs/core/container/standalone.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import { containerAnswer, containerQuery, startedAnswer, toContainer, toStarted } from './container.wire.js';
import { newContainerBody } from './template.wire.js';

@Chapter('containers')
@Controller(['api/v1/containers', 'api/v1/projects/:project/containers'])
export class ContainerController {
  constructor(
    @Inject(ContainerQueries) private readonly containers: ContainerQueries,
    @Inject(ContainerCommands) private readonly commands: ContainerCommands,
    @Inject(StandaloneContainerCommands) private readonly standalone: StandaloneContainerCommands,
  ) {}

  @Allow('container', 'read')
  @Get()
  @Describe('Lists the project’s containers, of services and standalone ones.', 200, pageOf(containerAnswer))
  async list(
    @Context() context: RequestContext,
    @Query({ schema: containerQuery }) query: z.output<typeof containerQuery>,
  ) {
    const { name, service, node, state, limit, offset } = query;
    const filter = { name, serviceId: service, nodeId: node, states: state && [state], limit, offset };
    return toPage(await this.containers.list(context, filter), query, toContainer);
  }

  @Allow('container', 'read')
  @Get(':id')
  @Describe('One container; also one that was removed in the last hour.', 200, containerAnswer)
  async get(@Context() context: RequestContext, @IdParam('container') id: string) {
    return toContainer(await this.containers.get(context, id));
  }

  @Allow('container', 'create')
  @Post()
  @Describe('Creates and starts a container without a service.', 201, startedAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newContainerBody }) body: z.output<typeof newContainerBody>,
  ) {
    return toStarted(await this.standalone.create(context, body));
  }

  @Allow('container', 'start')
  @Post(':id/start')
  @Describe('Starts a stopped container again, with its file system.', 200, startedAnswer)
  async start(@Context() context: RequestContext, @IdParam('container') id: string) {
    return toStarted(await this.commands.start(context, id));
  }

  @Allow('container', 'stop')
  @Post(':id/stop')
  @Describe('Stops a container; its service leaves it stopped.', 200, startedAnswer)
  async stop(@Context() context: RequestContext, @IdParam('container') id: string) {
    return toStarted(await this.commands.stop(context, id));
  }

  @Allow('container', 'restart')
  @Post(':id/restart')
  @Describe('Stops and starts a container.', 200, startedAnswer)
  async restart(@Context() context: RequestContext, @IdParam('container') id: string) {
    return toStarted(await this.commands.restart(context, id));
  }

  @Allow('container', 'delete')
  @Delete(':id')
  @Describe('Removes a container; its service then wants one less.', 200, startedAnswer)
  async remove(@Context() context: RequestContext, @IdParam('container') id: string) {
    return toStarted(await this.commands.terminate(context, id));
  }
}
