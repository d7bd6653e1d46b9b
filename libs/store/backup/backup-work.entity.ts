import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { BackupWorkKind } from '#libs/domain/backup/state.js';
import { BackupEntity } from './backup.entity.js';

/** Work for a backup that is not over yet; the worker that has it keeps up a lease. */
@Entity({ name: 'backup_work' })
@Unique('backup_work_volume_key', ['volumeId'])
@Index('backup_work_backup_idx', ['backupId'])
@Index('backup_work_action_idx', ['actionId'])
@ForeignKey(() => BackupEntity, ['backupId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_work_backup_fkey',
  onDelete: 'CASCADE',
})
export class BackupWorkEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'backup_work_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  kind!: BackupWorkKind;

  @Column({ name: 'backup_id', type: 'uuid' })
  backupId!: string;

  @Column({ name: 'action_id', type: 'uuid' })
  actionId!: string;

  /** Null of a deletion, which touches none. */
  @Column({ name: 'volume_id', type: 'uuid', nullable: true })
  volumeId!: string | null;

  /** The volume was made for this restore, and goes with it when it fails. */
  @Column({ name: 'made_volume', type: 'boolean', default: false })
  madeVolume!: boolean;

  /** The engine’s volume that a restore is unpacked into, and its node. */
  @Column({ name: 'beside_name', type: 'text', nullable: true })
  besideName!: string | null;

  @Column({ name: 'beside_node_id', type: 'uuid', nullable: true })
  besideNodeId!: string | null;

  @Column({ type: 'uuid', nullable: true })
  holder!: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil!: Date | null;

  @Column({ name: 'not_before', type: 'timestamptz', nullable: true })
  notBefore!: Date | null;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ name: 'deadline_at', type: 'timestamptz' })
  deadlineAt!: Date;

  @Column({ name: 'cancel_asked', type: 'boolean', default: false })
  cancelAsked!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
