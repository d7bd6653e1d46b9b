import { Body, Controller, Delete, Get, Inject, Post, Put, Query } from '@nestjs/common';
import type { z } from 'zod';
import { RouteCommands } from '#libs/core/route/route.commands.js';
import { RouteQueries } from '#libs/core/route/route.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import { routeAnswer, routeBody, routeQuery, toRoute } from './route.wire.js';

@Chapter('routes')
@Controller(['api/v1/routes', 'api/v1/projects/:project/routes'])
export class RouteController {
  constructor(
    @Inject(RouteQueries) private readonly routes: RouteQueries,
    @Inject(RouteCommands) private readonly commands: RouteCommands,
  ) {}

  @Allow('route', 'read')
  @Get()
  @Describe('Lists the project’s routes.', 200, pageOf(routeAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: routeQuery }) query: z.output<typeof routeQuery>) {
    const { limit, offset, service, host } = query;
    const filter = { limit, offset, ...(service ? { serviceId: service } : {}), ...(host ? { host } : {}) };
    return toPage(await this.routes.list(context, filter), query, toRoute);
  }

  @Allow('route', 'read')
  @Get(':id')
  @Describe('One route, with what is in its way.', 200, routeAnswer)
  async get(@Context() context: RequestContext, @IdParam('route') id: string) {
    return toRoute(await this.routes.get(context, id));
  }

  @Allow('route', 'create')
  @Post()
  @Describe(
    'Leads a host and path, or a TCP port, of the edges to services. Without a host or port one is given.',
    201,
    routeAnswer,
  )
  async create(@Context() context: RequestContext, @Body({ schema: routeBody }) body: z.output<typeof routeBody>) {
    const { route } = await this.commands.create(context, body);
    return toRoute(await this.routes.get(context, route.id));
  }

  @Allow('route', 'update')
  @Put(':id')
  @Describe(
    'Replaces the definition, without dropping a request; the host or port stays if none is given.',
    200,
    routeAnswer,
  )
  async replace(
    @Context() context: RequestContext,
    @IdParam('route') id: string,
    @Body({ schema: routeBody }) body: z.output<typeof routeBody>,
  ) {
    await this.commands.update(context, id, body);
    return toRoute(await this.routes.get(context, id));
  }

  @Allow('route', 'delete')
  @Delete(':id')
  @Describe('Deletes the route.', 204)
  async delete(@Context() context: RequestContext, @IdParam('route') id: string): Promise<void> {
    await this.commands.delete(context, id);
  }
}
