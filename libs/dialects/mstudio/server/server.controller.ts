import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { OrganizationService } from '#libs/core/identity/organization.service.js';
import { QuotaService } from '#libs/core/quota/quota.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { oneOfEach } from '../project/project.translate.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import { selectServers, toServer } from './server.translate.js';
import { serverListQuery, type ServerAnswer, type ServerListQuery } from './server.wire.js';

/** Projects are not tied to servers: each customer has one, which stands for its share of the platform. */
@Controller('v2/servers')
export class ServerController {
  constructor(
    @Inject(OrganizationService) private readonly organizations: OrganizationService,
    @Inject(QuotaService) private readonly quotas: QuotaService,
  ) {}

  @Get()
  @Allow('organization', 'read')
  async list(
    @Reach() contexts: RequestContext[],
    @Query({ schema: serverListQuery }) query: ServerListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const servers = await Promise.all(oneOfEach(contexts).map((context) => this.of(context, context.organizationId)));
    return writePage(reply, selectServers(servers, query), query);
  }

  @Get(':organization')
  @Allow('organization', 'read')
  get(@Context() context: RequestContext, @Param('organization') organization: string) {
    return this.of(context, organization);
  }

  private async of(context: RequestContext, organization: string): Promise<ServerAnswer> {
    const found = await this.organizations.get(context, organization);
    return toServer(found, await this.quotas.ofOrganization(context, organization));
  }
}
