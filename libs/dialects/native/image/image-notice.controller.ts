import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import type { z } from 'zod';
import { ImageNotices } from '#libs/core/image/image-notices.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { imageNoticeAnswer, imageNoticeBody } from './image-notice.wire.js';

@Chapter('images')
@Controller(['api/v1/image-notices', 'api/v1/projects/:project/image-notices'])
export class ImageNoticeController {
  constructor(@Inject(ImageNotices) private readonly notices: ImageNotices) {}

  @Allow('service', 'redeploy')
  @Post()
  @HttpCode(200)
  @Describe(
    'Takes a registry’s notification of a push; services that follow the image are looked at.',
    200,
    imageNoticeAnswer,
  )
  async pushed(
    @Context() context: RequestContext,
    @Body({ schema: imageNoticeBody }) body: z.output<typeof imageNoticeBody>,
  ) {
    const pushes = body.events.filter(({ action }) => action === 'push');
    const repositories = pushes.flatMap(({ request, target }) =>
      request?.host ? [{ host: request.host, path: target.repository }] : [],
    );
    return { images: await this.notices.pushed(context, repositories) };
  }
}
