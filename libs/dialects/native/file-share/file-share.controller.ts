import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { FileShareCommands } from '#libs/core/file-share/file-share.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import {
  begunFileShareAnswer,
  fileShareAnswer,
  fileShareChangesBody,
  newFileShareBody,
  toFileShare,
} from './file-share.wire.js';

@Chapter('file shares')
@Controller(['api/v1/file-shares', 'api/v1/projects/:project/file-shares'])
export class FileShareController {
  constructor(@Inject(FileShareCommands) private readonly shares: FileShareCommands) {}

  @Allow('file-share', 'read')
  @Get()
  @Describe('Lists the file shares that the project owns or may use.', 200, pageOf(fileShareAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPage(await this.shares.list(context, query), query, toFileShare);
  }

  @Allow('file-share', 'read')
  @Get(':share')
  @Describe('One file share, by name or id.', 200, fileShareAnswer)
  async get(@Context() context: RequestContext, @Param('share') share: string) {
    return toFileShare(await this.shares.get(context, share));
  }

  @Allow('file-share', 'create')
  @Post()
  @HttpCode(202)
  @Describe('Creates a file share; the action ends when its node has made it.', 202, begunFileShareAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newFileShareBody }) body: z.output<typeof newFileShareBody>,
  ) {
    const { share, action } = await this.shares.create(context, body);
    return { ...toFileShare(share), actionId: action.id };
  }

  @Allow('file-share', 'update')
  @Patch(':share')
  @Describe('Changes its labels, or which other projects may put volumes on it.', 200, fileShareAnswer)
  async update(
    @Context() context: RequestContext,
    @Param('share') share: string,
    @Body({ schema: fileShareChangesBody }) body: z.output<typeof fileShareChangesBody>,
  ) {
    return toFileShare(await this.shares.update(context, share, body));
  }

  @Allow('file-share', 'delete')
  @Delete(':share')
  @HttpCode(202)
  @Describe(
    'Deletes a file share on which no volume stands; the action ends when its node has removed it.',
    202,
    z.object({ actionId: z.uuid() }),
  )
  async delete(@Context() context: RequestContext, @Param('share') share: string) {
    return { actionId: (await this.shares.delete(context, share)).id };
  }
}
