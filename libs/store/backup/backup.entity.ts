import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { BackupState } from '#libs/domain/backup/state.js';
import { ProjectEntity } from '../identity/project.entity.js';
import { BackupTargetEntity } from './backup-target.entity.js';

@Entity({ name: 'backup' })
@Unique('backup_tenant_key', ['id', 'organizationId'])
@Index('backup_project_idx', ['projectId', 'createdAt', 'id'])
@Index('backup_target_idx', ['targetId'])
@Index('backup_schedule_idx', ['scheduleId'], { where: 'schedule_id IS NOT NULL' })
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_project_fkey',
})
@ForeignKey(() => BackupTargetEntity, ['targetId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_target_fkey',
})
export class BackupEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'backup_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'target_id', type: 'uuid' })
  targetId!: string;

  /** May be gone by now, as may the schedule. */
  @Column({ name: 'volume_id', type: 'uuid' })
  volumeId!: string;

  @Column({ name: 'volume_name', type: 'text' })
  volumeName!: string;

  @Column({ name: 'schedule_id', type: 'uuid', nullable: true })
  scheduleId!: string | null;

  @Column({ name: 'action_id', type: 'uuid' })
  actionId!: string;

  @Column({ type: 'text' })
  state!: BackupState;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ name: 'object_key', type: 'text', nullable: true })
  objectKey!: string | null;

  @Column({ name: 'object_bytes', type: 'bigint', nullable: true })
  objectBytes!: number | null;

  @Column({ name: 'content_bytes', type: 'bigint', nullable: true })
  contentBytes!: number | null;

  @Column({ type: 'integer', nullable: true })
  entries!: number | null;

  @Column({ type: 'text', nullable: true })
  sha256!: string | null;

  @Column({ name: 'done_bytes', type: 'bigint', default: 0 })
  doneBytes!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;
}
