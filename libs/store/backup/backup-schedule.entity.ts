import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';
import { VolumeEntity } from '../volume/volume.entity.js';
import { BackupTargetEntity } from './backup-target.entity.js';

@Entity({ name: 'backup_schedule' })
@Index('backup_schedule_project_idx', ['projectId', 'createdAt', 'id'])
@Index('backup_schedule_next_idx', ['nextAt'], { where: 'next_at IS NOT NULL' })
@Index('backup_schedule_volume_idx', ['volumeId'])
@Index('backup_schedule_target_idx', ['targetId'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_schedule_project_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => VolumeEntity, ['volumeId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_schedule_volume_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => BackupTargetEntity, ['targetId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_schedule_target_fkey',
})
export class BackupScheduleEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'backup_schedule_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'volume_id', type: 'uuid' })
  volumeId!: string;

  @Column({ name: 'target_id', type: 'uuid' })
  targetId!: string;

  @Column({ type: 'text' })
  cron!: string;

  @Column({ name: 'time_zone', type: 'text' })
  timeZone!: string;

  @Column({ name: 'keep_last', type: 'integer', nullable: true })
  keepLast!: number | null;

  @Column({ name: 'keep_days', type: 'integer', nullable: true })
  keepDays!: number | null;

  @Column({ type: 'boolean', default: true })
  enabled!: boolean;

  /** Null while it is switched off. */
  @Column({ name: 'next_at', type: 'timestamptz', nullable: true })
  nextAt!: Date | null;

  @Column({ name: 'last_at', type: 'timestamptz', nullable: true })
  lastAt!: Date | null;

  @Column({ name: 'last_message', type: 'text', nullable: true })
  lastMessage!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
