import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { matches, nodeType, provider, providerUri, region, regionUri } from './own-hosts.js';

const base = '/api/infra/v1';

function listOf<T>(objects: T[], kind: string, query: ListQuery) {
  const page = readPage(query);
  const shown = objects.slice(page.offset, page.offset + page.limit);
  return writePage(shown, objects.length, page, `${base}/${kind}/`, query);
}

/** Where nodes come from. The documents give these no namespace; clients may write one. */
@Controller([base.slice(1), `${base.slice(1)}/:namespace`])
@UseGuards(MediaTypeGuard)
export class ProviderController {
  @Get('provider')
  @Allow('node', 'read')
  providers(@Query() query: ListQuery) {
    const filters = new Filters(query);
    const name = filters.text('name') ?? provider.name;
    filters.done();
    return listOf(name === provider.name ? [provider] : [], 'provider', query);
  }

  @Get('provider/:name')
  @Allow('node', 'read')
  provider(@Param('name') name: string) {
    return named(provider, 'provider', name);
  }

  @Get('region')
  @Allow('node', 'read')
  regions(@Query() query: ListQuery) {
    const filters = new Filters(query);
    const name = filters.text('name') ?? region.name;
    const ofProvider = matches(filters.text('provider'), providerUri);
    filters.done();
    return listOf(ofProvider && name === region.name ? [region] : [], 'region', query);
  }

  @Get('region/:provider/:name')
  @Allow('node', 'read')
  region(@Param('provider') of: string, @Param('name') name: string) {
    return named(region, 'region', name, of);
  }

  @Get('nodetype')
  @Allow('node', 'read')
  nodeTypes(@Query() query: ListQuery) {
    const filters = new Filters(query);
    const name = filters.text('name') ?? nodeType.name;
    const inRegion = matches(filters.text('regions'), regionUri);
    const inZone = filters.text('availability_zones') === undefined;
    filters.done();
    return listOf(inRegion && inZone && name === nodeType.name ? [nodeType] : [], 'nodetype', query);
  }

  @Get('nodetype/:provider/:name')
  @Allow('node', 'read')
  nodeType(@Param('provider') of: string, @Param('name') name: string) {
    return named(nodeType, 'node type', name, of);
  }

  @Get('az')
  @Allow('node', 'read')
  zones(@Query() query: ListQuery) {
    const filters = new Filters(query);
    for (const each of ['name', 'region']) filters.text(each);
    filters.done();
    return listOf([], 'az', query);
  }

  @Get('az/:provider/:region/:name')
  @Allow('node', 'read')
  zone(): never {
    throw notFound('availability zone');
  }
}

function named<T extends { name: string }>(only: T, what: string, name: string, of: string = provider.name): T {
  if (name !== only.name || of !== provider.name) throw notFound(what);
  return only;
}
