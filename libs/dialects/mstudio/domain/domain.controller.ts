import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { DomainService } from '#libs/core/domain/domain.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context, Reach } from '../../kit/access/context.decorator.js';
import { LocatedBy, Tenant } from '../../kit/access/tenant.decorator.js';
import { tenantInQuery } from '../ingress/ingress.translate.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import { selectDomains, toDomain } from './domain.translate.js';
import { domainListQuery, type DomainListQuery } from './domain.wire.js';

const most = 1_000;

@Controller('v2/domains')
export class DomainController {
  constructor(@Inject(DomainService) private readonly domains: DomainService) {}

  @Get()
  @Allow('domain', 'read')
  @Tenant(tenantInQuery)
  async list(
    @Context() context: RequestContext,
    @Reach() reach: RequestContext[],
    @Query({ schema: domainListQuery }) query: DomainListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const contexts = query.projectId ? [context] : reach;
    const pages = await Promise.all(contexts.map((each) => this.domains.list(each, most, 0)));
    const domains = selectDomains(
      pages.flatMap((page) => page.rows),
      query,
    );
    return writePage(reply, domains, query).map(toDomain);
  }
}

@Controller('v2/domains/:domain')
@LocatedBy('domain', 'domain')
export class OneDomainController {
  constructor(@Inject(DomainService) private readonly domains: DomainService) {}

  @Get()
  @Allow('domain', 'read')
  async get(@Context() context: RequestContext, @Param('domain', IdPipe) id: string) {
    return toDomain(await this.domains.get(context, id));
  }
}
