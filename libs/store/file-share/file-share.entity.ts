import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { IopsPerGigabyte } from '#libs/domain/file-share/flavour.js';
import type { FileShareState, ObservedShareState } from '#libs/domain/file-share/state.js';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'file_share' })
@Unique('file_share_name_key', ['organizationId', 'name'])
@Unique('file_share_tenant_key', ['id', 'organizationId'])
@Index('file_share_project_idx', ['projectId'])
@Index('file_share_node_idx', ['nodeId'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'file_share_project_fkey',
})
export class FileShareEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'file_share_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'size_bytes', type: 'bigint' })
  sizeBytes!: number;

  @Column({ name: 'iops_per_gb', type: 'double precision' })
  iopsPerGb!: IopsPerGigabyte;

  @Column({ name: 'node_id', type: 'uuid' })
  nodeId!: string;

  @Column({ type: 'boolean', default: false })
  removed!: boolean;

  @Column({ type: 'text' })
  state!: FileShareState;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  /** What its node said last. */
  @Column({ type: 'text', default: 'pending' })
  observed!: ObservedShareState;

  @Column({ name: 'observed_message', type: 'text', nullable: true })
  observedMessage!: string | null;

  @Column({ name: 'made_at', type: 'timestamptz', nullable: true })
  madeAt!: Date | null;

  @Column({ name: 'used_bytes', type: 'bigint', nullable: true })
  usedBytes!: number | null;

  @Column({ name: 'total_bytes', type: 'bigint', nullable: true })
  totalBytes!: number | null;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  labels!: Record<string, string>;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
