import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { NodeService } from '#libs/core/node/node.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { MediaTypeGuard } from '../http/media-type.guard.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, writePage, type Query as ListQuery } from '../wire/page.translate.js';

/** The word the documents have for tags that nobody gave: a cluster's name is one of its nodes. */
const origins = { user: 'user', automatic: 'tutum' } as const;

@Controller(['api/infra/v1/tag', 'api/infra/v1/:namespace/tag'])
@UseGuards(MediaTypeGuard)
export class TagController {
  constructor(@Inject(NodeService) private readonly nodes: NodeService) {}

  @Get()
  @Allow('node', 'read')
  async list(@Context() context: RequestContext, @Query() query: ListQuery) {
    const filters = new Filters(query);
    const name = filters.text('name');
    const origin = filters.oneOf('origin', Object.values(origins));
    filters.done();
    const page = readPage(query);
    const tags = (await this.nodes.tags(context))
      .map((tag) => ({ name: tag.name, origin: origins[tag.origin] }))
      .filter((tag) => (name === undefined || tag.name === name) && (origin === undefined || tag.origin === origin));
    const shown = tags.slice(page.offset, page.offset + page.limit);
    return writePage(shown, tags.length, page, '/api/infra/v1/tag/', query);
  }
}
