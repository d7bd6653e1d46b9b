import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { BackupTargetKind, BackupTargetSettings } from '#libs/domain/backup/target.js';
import { FileShareEntity } from '../file-share/file-share.entity.js';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'backup_target' })
@Unique('backup_target_name_key', ['projectId', 'name'])
@Unique('backup_target_tenant_key', ['id', 'organizationId'])
@Index('backup_target_share_idx', ['shareId'], { where: 'share_id IS NOT NULL' })
@ForeignKey(() => FileShareEntity, ['shareId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_target_share_fkey',
})
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'backup_target_project_fkey',
})
export class BackupTargetEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'backup_target_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  kind!: BackupTargetKind;

  @Column({ type: 'jsonb' })
  settings!: BackupTargetSettings;

  @Column({ name: 'secret_sealed', type: 'bytea', nullable: true })
  secretSealed!: Buffer | null;

  @Column({ name: 'share_id', type: 'uuid', nullable: true })
  shareId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
