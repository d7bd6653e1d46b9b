import { Body, Controller, Delete, Get, HttpCode, Inject, Patch, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { BackupTargetService } from '#libs/core/backup/backup-target.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { keysetOf, keysetQuery, oneMore, toKeyset } from '../wire/keyset.wire.js';
import {
  backupTargetAnswer,
  backupTargetChangesBody,
  newBackupTargetBody,
  toBackupTarget,
  toTargetChanges,
  toTargetWish,
} from './backup-target.wire.js';

@Chapter('backups')
@Controller(['api/v1/backup-targets', 'api/v1/projects/:project/backup-targets'])
export class BackupTargetController {
  constructor(@Inject(BackupTargetService) private readonly targets: BackupTargetService) {}

  @Allow('backup-target', 'read')
  @Get()
  @Describe('Lists where the project’s backups go, oldest first, by keyset.', 200, keysetOf(backupTargetAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: keysetQuery }) query: z.output<typeof keysetQuery>) {
    return toKeyset(await this.targets.list(context, oneMore(query)), query.limit, toBackupTarget);
  }

  @Allow('backup-target', 'read')
  @Get(':id')
  @Describe('One backup target, without its secret.', 200, backupTargetAnswer)
  async get(@Context() context: RequestContext, @IdParam('backup target') id: string) {
    return toBackupTarget(await this.targets.get(context, id));
  }

  @Allow('backup-target', 'create')
  @Post()
  @Describe('Stores a backup target after an object was written, read and removed there.', 201, backupTargetAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newBackupTargetBody }) body: z.output<typeof newBackupTargetBody>,
  ) {
    return toBackupTarget(await this.targets.create(context, toTargetWish(body)));
  }

  @Allow('backup-target', 'update')
  @Patch(':id')
  @Describe(
    'Changes a backup target after trying it; backups are looked for in the new place.',
    200,
    backupTargetAnswer,
  )
  async update(
    @Context() context: RequestContext,
    @IdParam('backup target') id: string,
    @Body({ schema: backupTargetChangesBody }) body: z.output<typeof backupTargetChangesBody>,
  ) {
    return toBackupTarget(await this.targets.update(context, id, toTargetChanges(body)));
  }

  @Allow('backup-target', 'update')
  @Post(':id/validate')
  @HttpCode(200)
  @Describe('Tries a backup target again.', 200, backupTargetAnswer)
  async validate(@Context() context: RequestContext, @IdParam('backup target') id: string) {
    return toBackupTarget(await this.targets.validate(context, id));
  }

  @Allow('backup-target', 'delete')
  @Delete(':id')
  @Describe('Deletes a backup target that no schedule uses and that keeps no backup.', 204)
  async delete(@Context() context: RequestContext, @IdParam('backup target') id: string): Promise<void> {
    await this.targets.delete(context, id);
  }
}
