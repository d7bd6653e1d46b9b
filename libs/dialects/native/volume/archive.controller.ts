import { Controller, Get, HttpCode, Inject, Param, Put, Query, Req, StreamableFile } from '@nestjs/common';
import { Chapter, Described } from '../docs/described.decorator.js';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { VolumeArchives } from '#libs/core/volume/volume-archives.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { archiveQuery, tarType } from './archive.wire.js';
import { patient } from './patient.js';

/** A client may pause for so long in the middle of what it sends. */
const patienceMs = 30_000;

@Chapter('volumes')
@Controller(['api/v1/volumes/:volume/archive', 'api/v1/projects/:project/volumes/:volume/archive'])
export class VolumeArchiveController {
  constructor(@Inject(VolumeArchives) private readonly archives: VolumeArchives) {}

  @Allow('volume-data', 'read')
  @Get()
  @Described(({ ApiOperation, ApiProduces, ApiResponse }) => [
    ApiOperation({ summary: 'The files below a path of a volume, or one file, as a tar.' }),
    ApiProduces(tarType),
    ApiResponse({ status: 200, description: 'A tar.' }),
  ])
  async read(
    @Context() context: RequestContext,
    @Param('volume') volume: string,
    @Query({ schema: archiveQuery }) { path }: z.output<typeof archiveQuery>,
  ): Promise<StreamableFile> {
    return new StreamableFile(await this.archives.read(context, volume, path), { type: tarType });
  }

  @Allow('volume-data', 'update')
  @Put()
  @HttpCode(204)
  @Described(({ ApiOperation, ApiConsumes, ApiBody, ApiResponse }) => [
    ApiOperation({ summary: 'Unpacks a tar in a directory of a volume.' }),
    ApiConsumes(tarType),
    ApiBody({ schema: { type: 'string', format: 'binary' } }),
    ApiResponse({ status: 204, description: 'All of it is in the volume.' }),
  ])
  async write(
    @Context() context: RequestContext,
    @Param('volume') volume: string,
    @Query({ schema: archiveQuery }) { path }: z.output<typeof archiveQuery>,
    @Req() request: { body: unknown },
  ): Promise<void> {
    const { body } = request;
    await this.archives.write(context, volume, path, body instanceof Readable ? patient(body, patienceMs) : null);
  }
}
