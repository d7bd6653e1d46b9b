import { Body, Controller, Delete, Get, Header, Inject, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import {
  changedServiceAnswer,
  deploymentList,
  serviceAnswer,
  serviceBody,
  serviceList,
  serviceQuery,
  toChangedService,
  toDeployment,
  toService,
  redeployQuery,
} from './service.wire.js';

const newestDeployments = 50;

@Chapter('services')
@Controller(['api/v1/services', 'api/v1/projects/:project/services'])
export class ServiceController {
  constructor(
    @Inject(ServiceQueries) private readonly services: ServiceQueries,
    @Inject(ServiceCommands) private readonly commands: ServiceCommands,
  ) {}

  /** The database builds the answer; it is passed on as it is. */
  @Allow('service', 'read')
  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @Describe('Lists the project’s services, by keyset.', 200, serviceList)
  async list(
    @Context() context: RequestContext,
    @Query({ schema: serviceQuery }) query: z.output<typeof serviceQuery>,
  ) {
    return `{"items":${await this.services.listJson(context, query.after ?? null, query.limit)}}`;
  }

  @Allow('service', 'read')
  @Get(':id')
  @Describe('One service with its definition.', 200, serviceAnswer)
  async get(@Context() context: RequestContext, @IdParam('service') id: string) {
    return toService(await this.services.get(context, id));
  }

  @Allow('service', 'read')
  @Get(':id/deployments')
  @Describe('What was deployed and how each deployment ended, newest first.', 200, deploymentList)
  async deployments(@Context() context: RequestContext, @IdParam('service') id: string) {
    return { items: (await this.services.deployments(context, id, newestDeployments)).map(toDeployment) };
  }

  @Allow('service', 'create')
  @Post()
  @Describe(
    'Stores a service without starting it; health check, rollout and pull policy included.',
    201,
    changedServiceAnswer,
  )
  async create(@Context() context: RequestContext, @Body({ schema: serviceBody }) body: z.output<typeof serviceBody>) {
    return toChangedService(await this.commands.create(context, body));
  }

  @Allow('service', 'update')
  @Put(':id')
  @Describe(
    'Replaces the definition; containers keep theirs until a redeploy, a new number is applied at once.',
    200,
    changedServiceAnswer,
  )
  async replace(
    @Context() context: RequestContext,
    @IdParam('service') id: string,
    @Body({ schema: serviceBody }) body: z.output<typeof serviceBody>,
  ) {
    return toChangedService(await this.commands.update(context, id, () => body));
  }

  @Allow('service', 'start')
  @Post(':id/start')
  @Describe('Starts the service.', 200, changedServiceAnswer)
  async start(@Context() context: RequestContext, @IdParam('service') id: string) {
    return toChangedService(await this.commands.start(context, id));
  }

  @Allow('service', 'stop')
  @Post(':id/stop')
  @Describe('Stops all containers and keeps them.', 200, changedServiceAnswer)
  async stop(@Context() context: RequestContext, @IdParam('service') id: string) {
    return toChangedService(await this.commands.stop(context, id));
  }

  @Allow('service', 'redeploy')
  @Post(':id/redeploy')
  @Describe('Replaces the containers by ones of the newest definition, as its rollout says.', 200, changedServiceAnswer)
  async redeploy(
    @Context() context: RequestContext,
    @IdParam('service') id: string,
    @Query({ schema: redeployQuery }) query: z.output<typeof redeployQuery>,
  ) {
    return toChangedService(await this.commands.redeploy(context, id, query));
  }

  @Allow('service', 'delete')
  @Delete(':id')
  @Describe('Terminates the service and removes its containers.', 200, changedServiceAnswer)
  async terminate(@Context() context: RequestContext, @IdParam('service') id: string) {
    return toChangedService(await this.commands.terminate(context, id));
  }
}
