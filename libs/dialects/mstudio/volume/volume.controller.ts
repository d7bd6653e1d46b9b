import { Controller, Delete, Get, HttpCode, Inject, Param, Query, Res } from '@nestjs/common';
import { WorkloadQueries } from '#libs/core/stack/workload.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { LocatedBy } from '../../kit/access/tenant.decorator.js';
import { IdPipe } from '../wire/id.pipe.js';
import { writePage, type WireReply } from '../wire/page.wire.js';
import { selectVolumes, toVolume } from './volume.translate.js';
import { volumeListQuery, type VolumeListQuery } from './volume.wire.js';

@Controller('v2/projects/:project/volumes')
export class ProjectVolumeController {
  constructor(@Inject(WorkloadQueries) private readonly workload: WorkloadQueries) {}

  @Get()
  @Allow('volume', 'read')
  async list(
    @Context() context: RequestContext,
    @Query({ schema: volumeListQuery }) query: VolumeListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const volumes = (await this.workload.stacks(context)).flatMap((stack) => stack.volumes);
    return writePage(reply, selectVolumes(volumes.map(toVolume), query), query);
  }
}

@Controller('v2/stacks/:stack/volumes')
@LocatedBy('stack', 'stack')
export class StackVolumeController {
  constructor(
    @Inject(WorkloadQueries) private readonly workload: WorkloadQueries,
    @Inject(VolumeCommands) private readonly commands: VolumeCommands,
  ) {}

  @Get()
  @Allow('volume', 'read')
  async list(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Query({ schema: volumeListQuery }) query: VolumeListQuery,
    @Res({ passthrough: true }) reply: WireReply,
  ) {
    const { volumes } = await this.workload.stack(context, stack);
    return writePage(reply, selectVolumes(volumes.map(toVolume), query), query);
  }

  @Get(':volume')
  @Allow('volume', 'read')
  async get(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('volume', IdPipe) volume: string,
  ) {
    return toVolume(await this.workload.volume(context, stack, volume));
  }

  @Delete(':volume')
  @Allow('volume', 'delete')
  @HttpCode(204)
  async remove(
    @Context() context: RequestContext,
    @Param('stack', IdPipe) stack: string,
    @Param('volume', IdPipe) volume: string,
  ): Promise<void> {
    await this.commands.delete(context, (await this.workload.volume(context, stack, volume)).id);
  }
}
