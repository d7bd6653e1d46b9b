import { Controller, Get, Inject, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ImageQueries } from '#libs/core/image/image.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Tenant } from '../../kit/access/tenant.decorator.js';
import { askerOf, tenantOfImage, toImage } from './image.translate.js';
import { imageQuery } from './image.wire.js';

@Controller('v2/container-image-config')
export class ImageController {
  constructor(@Inject(ImageQueries) private readonly images: ImageQueries) {}

  @Get()
  @Allow('service', 'read')
  @Tenant(tenantOfImage)
  async get(@Context() context: RequestContext, @Query({ schema: imageQuery }) query: z.output<typeof imageQuery>) {
    return toImage(await this.images.config(context, query.imageReference, askerOf(query)));
  }
}
