import { Body, Controller, Delete, Get, Inject, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { BackupCommands, type BegunBackup } from '#libs/core/backup/backup.commands.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { Allow } from '../../kit/access/allow.decorator.js';
import { Context } from '../../kit/access/context.decorator.js';
import { toAction } from '../audit/audit.wire.js';
import { Chapter } from '../docs/described.decorator.js';
import { Describe } from '../wire/describe.decorator.js';
import { IdParam } from '../wire/id-param.decorator.js';
import { keysetOf, oneMore, toKeyset } from '../wire/keyset.wire.js';
import {
  backupAnswer,
  backupQuery,
  begunAnswer,
  begunRestoreAnswer,
  deletionQuery,
  newBackupBody,
  restoreBody,
  toBackup,
} from './backup.wire.js';

const toBegun = ({ backup, action }: BegunBackup) => ({ backup: toBackup(backup), action: toAction(action) });

@Chapter('backups')
@Controller(['api/v1/backups', 'api/v1/projects/:project/backups'])
export class BackupController {
  constructor(@Inject(BackupCommands) private readonly backups: BackupCommands) {}

  @Allow('backup', 'read')
  @Get()
  @Describe('Lists the project’s backups, newest first, by keyset.', 200, keysetOf(backupAnswer))
  async list(@Context() context: RequestContext, @Query({ schema: backupQuery }) query: z.output<typeof backupQuery>) {
    return toKeyset(await this.backups.list(context, oneMore(query)), query.limit, toBackup);
  }

  @Allow('backup', 'read')
  @Get(':id')
  @Describe('One backup: how far it is, what it holds, or why it failed.', 200, backupAnswer)
  async get(@Context() context: RequestContext, @IdParam('backup') id: string) {
    return toBackup(await this.backups.get(context, id));
  }

  @Allow('backup', 'create')
  @Post()
  @Describe('Begins a backup of a volume.', 202, begunAnswer)
  async create(
    @Context() context: RequestContext,
    @Body({ schema: newBackupBody }) body: z.output<typeof newBackupBody>,
  ) {
    return toBegun(await this.backups.create(context, body.volume, body.targetId));
  }

  @Allow('backup', 'operate')
  @Post(':id/restore')
  @Describe(
    'Begins to bring a volume that nothing runs with, or a new one, to what it held then.',
    202,
    begunRestoreAnswer,
  )
  async restore(
    @Context() context: RequestContext,
    @IdParam('backup') id: string,
    @Body({ schema: restoreBody }) body: z.output<typeof restoreBody>,
  ) {
    const { volume, ...begun } = await this.backups.restore(context, id, body.into);
    return { ...toBegun(begun), volume: { id: volume.id, name: volume.name } };
  }

  @Allow('backup', 'delete')
  @Delete(':id')
  @Describe('Begins to delete a backup with all that its store has of it.', 202, begunAnswer)
  async delete(
    @Context() context: RequestContext,
    @IdParam('backup') id: string,
    @Query({ schema: deletionQuery }) query: z.output<typeof deletionQuery>,
  ) {
    return toBegun(await this.backups.delete(context, id, query.forget));
  }
}
