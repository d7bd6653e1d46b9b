import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import type { ServiceIntent, ServiceState } from '#libs/domain/service/state.js';
import { ProjectEntity } from '../identity/project.entity.js';
import { StackEntity } from '../stack/stack.entity.js';

@Entity({ name: 'service' })
@Unique('service_tenant_key', ['id', 'organizationId'])
@Index('service_look_again_idx', ['lookAgainAt'], { where: 'look_again_at IS NOT NULL' })
// Of an expression, which the schema builder cannot compare: it stands in the migrations alone.
@Index('service_name_key', { synchronize: false })
@Index('service_project_idx', ['projectId', 'createdAt', 'id'])
@Index('service_stack_idx', ['stackId'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'service_project_fkey',
})
@ForeignKey(() => StackEntity, ['stackId', 'organizationId'], ['id', 'organizationId'], { name: 'service_stack_fkey' })
export class ServiceEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'service_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'stack_id', type: 'uuid', nullable: true })
  stackId!: string | null;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'jsonb' })
  spec!: ServiceSpec;

  @Column({ type: 'text' })
  intent!: ServiceIntent;

  @Column({ type: 'text' })
  state!: ServiceState;

  @Column({ name: 'state_message', type: 'text', nullable: true })
  stateMessage!: string | null;

  @Column({ type: 'boolean', default: true })
  synchronized!: boolean;

  @Column({ type: 'integer', default: 0 })
  revision!: number;

  @Column({ type: 'integer' })
  replicas!: number;

  @Column({ name: 'reserved_containers', type: 'integer', default: 0 })
  reservedContainers!: number;

  @Column({ name: 'reserved_memory_bytes', type: 'bigint', default: 0 })
  reservedMemoryBytes!: number;

  @Column({ name: 'reserved_milli_cpu', type: 'bigint', default: 0 })
  reservedMilliCpu!: number;

  @Column({ name: 'look_again_at', type: 'timestamptz', nullable: true })
  lookAgainAt!: Date | null;

  @Column({ name: 'deployed_at', type: 'timestamptz', nullable: true })
  deployedAt!: Date | null;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'stopped_at', type: 'timestamptz', nullable: true })
  stoppedAt!: Date | null;

  @Column({ name: 'destroyed_at', type: 'timestamptz', nullable: true })
  destroyedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
