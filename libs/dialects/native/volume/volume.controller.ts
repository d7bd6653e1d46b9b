import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { pageOf, pageQuery, toPage } from '../wire/page.wire.js';
import { newVolumeBody, toVolume, volumeAnswer, volumeChangesBody } from './volume.wire.js';

@Chapter('volumes')
@Controller(['api/v1/volumes', 'api/v1/projects/:project/volumes'])
export class VolumeController {
  constructor(@Inject(VolumeCommands) private readonly volumes: VolumeCommands) {}

  @Allow('volume', 'read')
  @Get()
  @Describe('Lists the project’s volumes.', 200, pageOf(volumeAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: pageQuery }) query: z.output<typeof pageQuery>) {
    return toPage(await this.volumes.list(context, query.limit, query.offset), query, toVolume);
  }

  @Allow('volume', 'read')
  @Get(':volume')
  @Describe('One volume, by name or id.', 200, volumeAnswer)
  async get(@Context() context: RequestContext, @Param('volume') volume: string) {
    return toVolume(await this.volumes.get(context, volume));
  }

  @Allow('volume', 'create')
  @Post()
  @Describe('Creates a volume; a definition that names one makes it by itself.', 201, volumeAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newVolumeBody }) body: z.output<typeof newVolumeBody>,
  ) {
    const { volume } = await this.volumes.create(context, body);
    return toVolume(await this.volumes.get(context, volume.id));
  }

  @Allow('volume', 'update')
  @Patch(':volume')
  @Describe('Changes a volume’s labels, size limit or access.', 200, volumeAnswer)
  async update(
    @Context() context: RequestContext,
    @Param('volume') name: string,
    @Body({ schema: volumeChangesBody }) body: z.output<typeof volumeChangesBody>,
  ) {
    const volume = await this.volumes.update(context, name, body);
    return toVolume(await this.volumes.get(context, volume.id));
  }

  @Allow('volume', 'operate')
  @Post(':volume/release')
  @HttpCode(200)
  @Describe(
    'Takes a volume with one writer from the container that holds it, e.g. on a node that is lost for good.',
    200,
    volumeAnswer,
  )
  async release(@Context() context: RequestContext, @Param('volume') volume: string) {
    return toVolume(await this.volumes.release(context, volume));
  }

  @Allow('volume', 'delete')
  @Delete(':volume')
  @Describe('Deletes a volume that nothing mounts.', 204)
  async delete(@Context() context: RequestContext, @Param('volume') volume: string): Promise<void> {
    await this.volumes.delete(context, volume);
  }
}
