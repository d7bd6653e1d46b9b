import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ServiceEntity } from '../service/service.entity.js';

@Entity({ name: 'pulled_image' })
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'pulled_image_service_fkey',
  onDelete: 'CASCADE',
})
export class PulledImageEntity {
  @PrimaryColumn({ name: 'service_id', type: 'uuid', primaryKeyConstraintName: 'pulled_image_pkey' })
  serviceId!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  /** As the service named it. */
  @Column({ type: 'text' })
  image!: string;

  @Column({ type: 'text' })
  digest!: string;

  @Column({ name: 'pulled_at', type: 'timestamptz' })
  pulledAt!: Date;
}
