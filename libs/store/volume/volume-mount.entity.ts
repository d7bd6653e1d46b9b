import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ContainerEntity } from '../container/container.entity.js';
import { VolumeEntity } from './volume.entity.js';

@Entity({ name: 'volume_mount' })
@Index('volume_mount_volume_idx', ['volumeId'])
@ForeignKey(() => ContainerEntity, ['containerId', 'organizationId'], ['id', 'organizationId'], {
  name: 'volume_mount_container_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => VolumeEntity, ['volumeId', 'organizationId'], ['id', 'organizationId'], {
  name: 'volume_mount_volume_fkey',
  onDelete: 'CASCADE',
})
export class VolumeMountEntity {
  @PrimaryColumn({ name: 'container_id', type: 'uuid', primaryKeyConstraintName: 'volume_mount_pkey' })
  containerId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'volume_mount_pkey' })
  target!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'volume_id', type: 'uuid' })
  volumeId!: string;

  /** The volume’s when the container became its writer; 0 where there is none. */
  @Column({ type: 'bigint', default: 0 })
  fence!: number;
}
