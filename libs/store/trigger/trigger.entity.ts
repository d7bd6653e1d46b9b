import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { TriggerOperation } from '#libs/domain/trigger/operation.js';
import { ServiceEntity } from '../service/service.entity.js';

@Entity({ name: 'trigger' })
@Unique('trigger_secret_hash_key', ['secretHash'])
@Index('trigger_service_idx', ['serviceId', 'createdAt'])
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'trigger_service_fkey',
  onDelete: 'CASCADE',
})
export class TriggerEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'trigger_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'service_id', type: 'uuid' })
  serviceId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  operation!: TriggerOperation;

  @Column({ name: 'secret_hash', type: 'bytea' })
  secretHash!: Buffer;

  @Column({ name: 'last_called_at', type: 'timestamptz', nullable: true })
  lastCalledAt!: Date | null;

  @Column({ type: 'bigint', default: 0 })
  calls!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
