import { Body, Controller, Delete, Get, Inject, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { BackupScheduleService } from '#libs/core/backup/backup-schedule.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { keysetOf, oneMore, toKeyset } from '../wire/keyset.wire.js';
import {
  newScheduleBody,
  scheduleAnswer,
  scheduleChangesBody,
  scheduleQuery,
  toSchedule,
} from './backup-schedule.wire.js';

@Chapter('backups')
@Controller(['api/v1/backup-schedules', 'api/v1/projects/:project/backup-schedules'])
export class BackupScheduleController {
  constructor(@Inject(BackupScheduleService) private readonly schedules: BackupScheduleService) {}

  @Allow('backup-schedule', 'read')
  @Get()
  @Describe('Lists when the project’s volumes are backed up, oldest first, by keyset.', 200, keysetOf(scheduleAnswer))
  async list(
    @Context() context: RequestContext,
    @Query({ schema: scheduleQuery }) query: z.output<typeof scheduleQuery>,
  ) {
    return toKeyset(await this.schedules.list(context, oneMore(query)), query.limit, toSchedule);
  }

  @Allow('backup-schedule', 'read')
  @Get(':id')
  @Describe('One backup schedule, with its next time.', 200, scheduleAnswer)
  async get(@Context() context: RequestContext, @IdParam('backup schedule') id: string) {
    return toSchedule(await this.schedules.get(context, id));
  }

  @Allow('backup-schedule', 'create')
  @Post()
  @Describe('Has a volume backed up by a cron expression, and only so many of these backups kept.', 201, scheduleAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newScheduleBody }) body: z.output<typeof newScheduleBody>,
  ) {
    return toSchedule(await this.schedules.create(context, body));
  }

  @Allow('backup-schedule', 'update')
  @Patch(':id')
  @Describe('Changes a backup schedule, or switches it off and on.', 200, scheduleAnswer)
  async update(
    @Context() context: RequestContext,
    @IdParam('backup schedule') id: string,
    @Body({ schema: scheduleChangesBody }) body: z.output<typeof scheduleChangesBody>,
  ) {
    return toSchedule(await this.schedules.update(context, id, body));
  }

  @Allow('backup-schedule', 'delete')
  @Delete(':id')
  @Describe('Deletes a backup schedule; the backups that it made stay.', 204)
  async delete(@Context() context: RequestContext, @IdParam('backup schedule') id: string): Promise<void> {
    await this.schedules.delete(context, id);
  }
}
