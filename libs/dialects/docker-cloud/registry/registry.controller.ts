import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { RegistryService } from '#libs/core/registry/registry.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { notFound } from '#libs/domain/error.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import { readHost, readRegistryFilter, registryHosts, toRegistry } from './registry.translate.js';

/** Registries are not made by themselves: they are where the project's repositories are, and Docker's own. */
@Controller(['api/repo/v1/registry', 'api/repo/v1/:namespace/registry'])
@UseGuards(MediaTypeGuard)
export class RegistryController {
  constructor(@Inject(RegistryService) private readonly registries: RegistryService) {}

  @Get()
  @Allow('registry', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const { page, matches } = readRegistryFilter(query);
    const hosts = registryHosts(await this.registries.hosts(context)).filter(matches);
    const objects = hosts
      .slice(page.offset, page.offset + page.limit)
      .map((host) => toRegistry(host, context.namespace));
    return writePage(objects, hosts.length, page, `/api/repo/v1/${context.namespace}/registry/`, query);
  }

  @Get(':host')
  @Allow('registry', 'read')
  async get(@Context() context: RequestContext, @Param('host') text: string) {
    const wanted = readHost(text);
    const host = registryHosts(await this.registries.hosts(context)).find((each) => each === wanted);
    if (host === undefined) throw notFound('registry');
    return toRegistry(host, context.namespace);
  }
}
