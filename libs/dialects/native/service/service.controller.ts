import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { deploymentList, serviceAnswer, serviceList, serviceQuery, toDeployment, toService } from './service.wire.js';

const newestDeployments = 50;

@ApiTags('services')
@Controller(['api/v1/services', 'api/v1/projects/:project/services'])
export class ServiceController {
  constructor(@Inject(ServiceQueries) private readonly services: ServiceQueries) {}

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
}
