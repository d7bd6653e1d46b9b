import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';
import { FileShareEntity } from './file-share.entity.js';

/** A project that may use another one’s share. */
@Entity({ name: 'file_share_project' })
@Index('file_share_project_project_idx', ['projectId'])
@ForeignKey(() => FileShareEntity, ['shareId', 'organizationId'], ['id', 'organizationId'], {
  name: 'file_share_project_share_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'file_share_project_project_fkey',
  onDelete: 'CASCADE',
})
export class FileShareProjectEntity {
  @PrimaryColumn({ name: 'share_id', type: 'uuid', primaryKeyConstraintName: 'file_share_project_pkey' })
  shareId!: string;

  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'file_share_project_pkey' })
  projectId!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;
}
