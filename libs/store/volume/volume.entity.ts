import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { VolumeAccess, VolumeDriver, VolumeOwner } from '#libs/domain/volume/volume.js';
import { FileShareEntity } from '../file-share/file-share.entity.js';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'volume' })
@Unique('volume_name_key', ['projectId', 'name'])
@Unique('volume_tenant_key', ['id', 'organizationId'])
@Index('volume_node_idx', ['nodeId'])
@Index('volume_service_idx', ['serviceId'])
@Index('volume_share_idx', ['shareId'])
@ForeignKey(() => FileShareEntity, ['shareId', 'organizationId'], ['id', 'organizationId'], {
  name: 'volume_share_fkey',
})
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'volume_project_fkey',
})
export class VolumeEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'volume_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  driver!: VolumeDriver;

  @Column({ name: 'share_id', type: 'uuid', nullable: true })
  shareId!: string | null;

  @Column({ type: 'text', default: 'project' })
  owner!: VolumeOwner;

  /** Of an instance’s own volume, which the project’s ones outlive. */
  @Column({ name: 'service_id', type: 'uuid', nullable: true })
  serviceId!: string | null;

  @Column({ type: 'text', nullable: true })
  instance!: string | null;

  @Column({ name: 'mount_key', type: 'text', nullable: true })
  mountKey!: string | null;

  @Column({ name: 'set_id', type: 'uuid', nullable: true })
  setId!: string | null;

  @Column({ type: 'integer', default: 0 })
  epoch!: number;

  @Column({ name: 'retired_at', type: 'timestamptz', nullable: true })
  retiredAt!: Date | null;

  /** Where it is not made of the node’s and the volume’s id. */
  @Column({ name: 'engine_name', type: 'text', nullable: true })
  engineName!: string | null;

  @Column({ type: 'text', default: 'shared' })
  access!: VolumeAccess;

  @Column({ type: 'bigint', default: 0 })
  fence!: number;

  @Column({ name: 'writer_id', type: 'uuid', nullable: true })
  writerId!: string | null;

  @Column({ name: 'size_limit_bytes', type: 'bigint', nullable: true })
  sizeLimitBytes!: number | null;

  @Column({ name: 'used_bytes', type: 'bigint', nullable: true })
  usedBytes!: number | null;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  @Column({ name: 'node_id', type: 'uuid', nullable: true })
  nodeId!: string | null;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  labels!: Record<string, string>;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
