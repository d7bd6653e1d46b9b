import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { ServiceEntity } from './service.entity.js';

@Entity({ name: 'revision' })
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'revision_service_fkey',
  onDelete: 'CASCADE',
})
export class RevisionEntity {
  @PrimaryColumn({ name: 'service_id', type: 'uuid', primaryKeyConstraintName: 'revision_pkey' })
  serviceId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'revision_pkey' })
  number!: number;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ type: 'jsonb' })
  spec!: ServiceSpec;

  /** The revision whose deployment last asked for new volumes of its instances; 0 when none did. */
  @Column({ name: 'volume_epoch', type: 'integer', default: 0 })
  volumeEpoch!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
