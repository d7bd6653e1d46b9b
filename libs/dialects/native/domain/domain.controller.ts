import { Body, Controller, Delete, Get, Inject, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { DomainService } from '#libs/core/domain/domain.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { domainAnswer, newDomainBody, toDomain } from './domain.wire.js';

@Chapter('domains')
@Controller(['api/v1/domains', 'api/v1/projects/:project/domains'])
export class DomainController {
  constructor(@Inject(DomainService) private readonly domains: DomainService) {}

  @Allow('domain', 'read')
  @Get()
  @Describe('Lists the project’s domains.', 200, pageOf(domainAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPage(await this.domains.list(context, query.limit, query.offset), query, toDomain);
  }

  @Allow('domain', 'read')
  @Get(':domain')
  @Describe('One domain, by name or id.', 200, domainAnswer)
  async get(@Context() context: RequestContext, @Param('domain') domain: string) {
    return toDomain(await this.domains.get(context, domain));
  }

  @Allow('domain', 'create')
  @Post()
  @Describe('Claims a domain; the answer says how to prove that it is yours.', 201, domainAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newDomainBody }) body: z.output<typeof newDomainBody>,
  ) {
    return toDomain((await this.domains.create(context, body.name)).domain);
  }

  @Allow('domain', 'update')
  @Post(':domain/verify')
  @Describe('Looks for the proofs now; `problem` says what was found instead.', 200, domainAnswer)
  async verify(@Context() context: RequestContext, @Param('domain') domain: string) {
    return toDomain(await this.domains.verify(context, domain));
  }

  @Allow('domain', 'delete')
  @Delete(':domain')
  @Describe('Gives a domain up that no route needs.', 204)
  async delete(@Context() context: RequestContext, @Param('domain') domain: string): Promise<void> {
    await this.domains.delete(context, domain);
  }
}
