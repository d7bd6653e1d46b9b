import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import { RegistryService } from '#libs/core/registry/registry.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { answerAction, type WireReply } from '../wire/answer.js';
import { writePage, type Query as ListQuery } from '../wire/page.translate.js';
import {
  readCredentialChanges,
  readCredentials,
  readRepositoryFilter,
  readRepositoryName,
  toRepository,
} from './repository.translate.js';
import {
  repositoryCreateWire,
  repositoryUpdateWire,
  type RepositoryChanges,
  type RepositoryCreation,
} from './repository.wire.js';

/** A name has slashes; `rewriteDockerCloudUrl` makes one segment of it. */
@Controller(['api/repo/v1/repository', 'api/repo/v1/:namespace/repository'])
@UseGuards(MediaTypeGuard)
export class RepositoryController {
  constructor(@Inject(RegistryService) private readonly registries: RegistryService) {}

  @Get()
  @Allow('registry', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filter = readRepositoryFilter(query);
    const { rows, total } = await this.registries.list(context, filter);
    const objects = rows.map((registry) => toRepository(registry, context.namespace));
    return writePage(objects, total, filter, `/api/repo/v1/${context.namespace}/repository/`, query);
  }

  @Post()
  @Allow('registry', 'create')
  async create(
    @Context() context: RequestContext,
    @Body({ schema: repositoryCreateWire }) body: RepositoryCreation,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const name = readRepositoryName(body.name);
    const { registry, action } = await this.registries.create(context, name, readCredentials(body));
    answerAction(reply, action, 201);
    return toRepository(registry, context.namespace);
  }

  @Get(':name')
  @Allow('registry', 'read')
  async get(@Context() context: RequestContext, @Param('name') name: string) {
    return toRepository(await this.registries.get(context, readRepositoryName(name)), context.namespace);
  }

  @Patch(':name')
  @Allow('registry', 'update')
  async update(
    @Context() context: RequestContext,
    @Param('name') name: string,
    @Body({ schema: repositoryUpdateWire }) body: RepositoryChanges,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const changes = readCredentialChanges(body);
    const { registry, action } = await this.registries.update(context, readRepositoryName(name), changes);
    answerAction(reply, action);
    return toRepository(registry, context.namespace);
  }

  @Delete(':name')
  @Allow('registry', 'delete')
  async delete(
    @Context() context: RequestContext,
    @Param('name') name: string,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { registry, action } = await this.registries.delete(context, readRepositoryName(name));
    answerAction(reply, action);
    return toRepository(registry, context.namespace);
  }
}
