import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import type { z } from 'zod';
import { RegistryAccounts } from '#libs/core/registry/registry.accounts.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { LocatedBy } from '../../kit/access/tenant.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { pageWish, writeCounted, type WireReply } from '../wire/page.wire.js';
import { toRegistry } from './registry.translate.js';
import {
  newRegistryWire,
  registryListQuery,
  registryUpdateWire,
  registryUriWire,
  type NewRegistryWire,
  type RegistryListQuery,
  type RegistryUpdateWire,
} from './registry.wire.js';

@Controller('v2/projects/:project/registries')
export class ProjectRegistryController {
  constructor(@Inject(RegistryAccounts) private readonly registries: RegistryAccounts) {}

  @Get()
  @Allow('registry', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: registryListQuery }) query: RegistryListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { hasCredentials } = query;
    const filter = { ...pageWish(query), ...(hasCredentials === undefined ? {} : { hasCredentials }) };
    const { rows, total } = await this.registries.list(context, filter);
    return writeCounted(reply, rows, total, query).map(toRegistry);
  }

  @Post()
  @Allow('registry', 'create')
  async create(@Context() context: RequestContext, @Body({ schema: newRegistryWire }) body: NewRegistryWire) {
    return toRegistry(await this.registries.create(context, { ...body, credentials: body.credentials ?? null }));
  }
}

@Controller('v2/registries/:registry')
@LocatedBy('registry', 'registry')
export class RegistryController {
  constructor(@Inject(RegistryAccounts) private readonly registries: RegistryAccounts) {}

  @Get()
  @Allow('registry', 'read')
  async get(@Context() context: RequestContext, @Param('registry', IdPipe) id: string) {
    return toRegistry(await this.registries.get(context, id));
  }

  @Patch()
  @Allow('registry', 'update')
  @HttpCode(204)
  async update(
    @Context() context: RequestContext,
    @Param('registry', IdPipe) id: string,
    @Body({ schema: registryUpdateWire }) body: RegistryUpdateWire,
  ): Promise<void> {
    await this.registries.update(context, id, body);
  }

  @Delete()
  @Allow('registry', 'delete')
  @HttpCode(204)
  remove(@Context() context: RequestContext, @Param('registry', IdPipe) id: string): Promise<void> {
    return this.registries.delete(context, id);
  }

  @Post('actions/validate-credentials')
  @Allow('registry', 'update')
  @HttpCode(200)
  async validate(@Context() context: RequestContext, @Param('registry', IdPipe) id: string) {
    return { valid: await this.registries.validate(context, id) };
  }
}

@Controller('v2/actions/validate-container-registry-uri')
export class RegistryUriController {
  constructor(@Inject(RegistryAccounts) private readonly registries: RegistryAccounts) {}

  @Post()
  @Allow('registry', 'create')
  @HttpCode(200)
  validate(
    @Context() context: RequestContext,
    @Body({ schema: registryUriWire }) body: z.output<typeof registryUriWire>,
  ) {
    return this.registries.validateUri(context, body.registryUri);
  }
}
