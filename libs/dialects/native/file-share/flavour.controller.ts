import { Controller, Get, Inject } from '@nestjs/common';
import { FileShareCommands } from '#libs/core/file-share/file-share.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { iopsPerGigabyte } from '#libs/domain/file-share/flavour.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { flavoursAnswer } from './file-share.wire.js';

@Chapter('file shares')
@Controller('api/v1/file-share-flavours')
export class FileShareFlavourController {
  constructor(@Inject(FileShareCommands) private readonly shares: FileShareCommands) {}

  @Allow('file-share', 'read')
  @Get()
  @Describe('The sizes and speeds that file shares can be had in.', 200, flavoursAnswer)
  get(@Context() context: RequestContext) {
    return { sizeBytes: [...this.shares.sizes(context)], iopsPerGb: [...iopsPerGigabyte] };
  }
}
