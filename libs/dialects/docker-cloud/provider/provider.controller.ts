import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { NodeClusterService } from '#libs/core/node/node-cluster.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { matches, nodeTypes, providers, regions, zones } from './provider.translate.js';

const base = '/api/infra/v1';

function listOf<T>(objects: T[], kind: string, query: ListQuery) {
  const page = readPage(query);
  const shown = objects.slice(page.offset, page.offset + page.limit);
  return writePage(shown, objects.length, page, `${base}/${kind}/`, query);
}

function found<T extends { resource_uri: string }>(all: T[], what: string, path: string): T {
  const one = all.find(({ resource_uri }) => resource_uri === `${base}/${path}/`);
  if (!one) throw notFound(what);
  return one;
}

/** Where nodes come from. The documents give these no namespace; clients may write one. */
@Controller([base.slice(1), `${base.slice(1)}/:namespace`])
@UseGuards(MediaTypeGuard)
export class ProviderController {
  constructor(@Inject(NodeClusterService) private readonly clusters: NodeClusterService) {}

  @Get('provider')
  @Allow('node-cluster', 'read')
  async providers(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filters = new Filters(query);
    const name = filters.text('name');
    filters.done();
    const all = providers(await this.clusters.offers(context));
    return listOf(
      all.filter((each) => name === undefined || each.name === name),
      'provider',
      query,
    );
  }

  @Get('provider/:name')
  @Allow('node-cluster', 'read')
  async provider(@Context() context: RequestContext, @Param('name') name: string) {
    return found(providers(await this.clusters.offers(context)), 'provider', `provider/${name}`);
  }

  @Get('region')
  @Allow('node-cluster', 'read')
  async regions(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filters = new Filters(query);
    const [name, provider] = [filters.text('name'), filters.text('provider')];
    filters.done();
    const all = regions(await this.clusters.offers(context));
    return listOf(
      all.filter((each) => (name === undefined || each.name === name) && matches(provider, each.provider)),
      'region',
      query,
    );
  }

  @Get('region/:provider/:name')
  @Allow('node-cluster', 'read')
  async region(@Context() context: RequestContext, @Param('provider') of: string, @Param('name') name: string) {
    return found(regions(await this.clusters.offers(context)), 'region', `region/${of}/${name}`);
  }

  @Get('nodetype')
  @Allow('node-cluster', 'read')
  async nodeTypes(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filters = new Filters(query);
    const [name, region, zone] = ['name', 'regions', 'availability_zones'].map((each) => filters.text(each));
    filters.done();
    const all = nodeTypes(await this.clusters.offers(context)).filter(
      (each) =>
        (name === undefined || each.name === name) &&
        matches(region, each.regions) &&
        matches(zone, each.availability_zones),
    );
    return listOf(all, 'nodetype', query);
  }

  @Get('nodetype/:provider/:name')
  @Allow('node-cluster', 'read')
  async nodeType(@Context() context: RequestContext, @Param('provider') of: string, @Param('name') name: string) {
    return found(nodeTypes(await this.clusters.offers(context)), 'node type', `nodetype/${of}/${name}`);
  }

  @Get('az')
  @Allow('node-cluster', 'read')
  async zones(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filters = new Filters(query);
    const [name, region] = [filters.text('name'), filters.text('region')];
    filters.done();
    const all = zones(await this.clusters.offers(context));
    return listOf(
      all.filter((each) => (name === undefined || each.name === name) && matches(region, each.region)),
      'az',
      query,
    );
  }

  @Get('az/:provider/:region/:name')
  @Allow('node-cluster', 'read')
  async zone(
    @Context() context: RequestContext,
    @Param('provider') of: string,
    @Param('region') region: string,
    @Param('name') name: string,
  ) {
    return found(zones(await this.clusters.offers(context)), 'availability zone', `az/${of}/${region}/${name}`);
  }
}
