import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { LinkedTo } from '#libs/core/container/container.repository.port.js';
import type { PoolState } from '#libs/domain/container/pool.js';
import type { ContainerState, DesiredState, HealthState, PublishedPort } from '#libs/domain/container/state.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { RestartPolicy } from '#libs/domain/service/spec.js';
import { ProjectEntity } from '../identity/project.entity.js';
import { NodeEntity } from '../node/node.entity.js';
import { ServiceEntity } from '../service/service.entity.js';

@Entity({ name: 'container' })
@Unique('container_tenant_key', ['id', 'organizationId'])
@Index('container_autodestroyed_idx', ['serviceId', 'ordinal'], {
  where: '(removed_at IS NOT NULL) AND autodestroyed',
})
@Index('container_deployment_idx', ['deploymentId'], { where: 'removed_at IS NOT NULL' })
@Index('container_failed_idx', ['serviceId', 'failedAt'], {
  where: '(removed_at IS NOT NULL) AND (failed_at IS NOT NULL)',
})
@Index('container_former_idx', ['serviceId', 'ordinal', 'createdAt'], { where: 'removed_at IS NOT NULL' })
@Index('container_node_idx', ['nodeId'], { where: 'removed_at IS NULL' })
@Index('container_project_idx', ['projectId', 'createdAt', 'id'])
@Index('container_service_idx', ['serviceId', 'ordinal'], { where: 'removed_at IS NULL' })
@Index('container_standalone_name_key', ['projectId', 'name'], {
  unique: true,
  where: '(service_id IS NULL) AND (removed_at IS NULL)',
})
@ForeignKey(() => NodeEntity, ['nodeId'], ['id'], { name: 'container_node_fkey' })
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'container_project_fkey',
})
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'container_service_fkey',
  onDelete: 'CASCADE',
})
export class ContainerEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'container_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'stack_id', type: 'uuid', nullable: true })
  stackId!: string | null;

  @Column({ name: 'service_id', type: 'uuid', nullable: true })
  serviceId!: string | null;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'integer' })
  ordinal!: number;

  @Column({ type: 'integer', nullable: true })
  revision!: number | null;

  @Column({ type: 'jsonb', nullable: true })
  template!: ContainerTemplate | null;

  @Column({ type: 'jsonb', nullable: true })
  restart!: RestartPolicy | null;

  @Column({ type: 'jsonb', default: () => "'[]'" })
  environment!: { name: string; value: string }[];

  @Column({ type: 'jsonb', default: () => "'[]'" })
  links!: LinkedTo[];

  @Column({ name: 'api_key_id', type: 'uuid', nullable: true })
  apiKeyId!: string | null;

  @Column({ name: 'node_id', type: 'uuid', nullable: true })
  nodeId!: string | null;

  @Column({ name: 'deployment_id', type: 'uuid', nullable: true })
  deploymentId!: string | null;

  @Column({ type: 'boolean', default: false })
  held!: boolean;

  @Column({ name: 'start_incarnation', type: 'integer', default: 0 })
  startIncarnation!: number;

  @Column({ name: 'failed_at', type: 'timestamptz', nullable: true })
  failedAt!: Date | null;

  @Column({ type: 'boolean', default: false })
  autodestroyed!: boolean;

  @Column({ type: 'text' })
  desired!: DesiredState;

  @Column({ type: 'bigint', default: 1 })
  generation!: number;

  @Column({ name: 'assigned_generation', type: 'bigint', default: 0 })
  assignedGeneration!: number;

  @Column({ name: 'restart_nonce', type: 'integer', default: 0 })
  restartNonce!: number;

  @Column({ name: 'move_to', type: 'uuid', nullable: true })
  moveTo!: string | null;

  @Column({ type: 'text', default: 'none' })
  pool!: PoolState;

  @Column({ name: 'pool_changed_xid', type: 'bigint', nullable: true })
  poolChangedXid!: number | null;

  @Column({ name: 'pool_changed_at', type: 'timestamptz', nullable: true })
  poolChangedAt!: Date | null;

  @Column({ name: 'milli_cpu', type: 'bigint', default: 0 })
  milliCpu!: number;

  @Column({ name: 'memory_bytes', type: 'bigint', default: 0 })
  memoryBytes!: number;

  @Column({ type: 'text' })
  state!: ContainerState;

  @Column({ type: 'integer', default: 0 })
  incarnation!: number;

  @Column({ type: 'text', default: 'none' })
  health!: HealthState;

  @Column({ name: 'engine_id', type: 'text', nullable: true })
  engineId!: string | null;

  @Column({ name: 'exit_code', type: 'integer', nullable: true })
  exitCode!: number | null;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ name: 'image_digest', type: 'text', nullable: true })
  imageDigest!: string | null;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  /** In the project’s network; `address` is what the engine says. */
  @Column({ name: 'private_address', type: 'inet', nullable: true })
  privateAddress!: string | null;

  @Column({ type: 'jsonb', default: () => "'[]'" })
  ports!: PublishedPort[];

  @Column({ name: 'observed_epoch', type: 'bigint', default: 0 })
  observedEpoch!: number;

  @Column({ name: 'observed_sequence', type: 'bigint', default: 0 })
  observedSequence!: number;

  @Column({ name: 'observed_generation', type: 'bigint', default: 0 })
  observedGeneration!: number;

  @Column({ name: 'observed_at', type: 'timestamptz', nullable: true })
  observedAt!: Date | null;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt!: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt!: Date | null;

  /** What the volumes share that its instance keeps; its own id when null. */
  @Column({ name: 'volume_set', type: 'uuid', nullable: true })
  volumeSet!: string | null;

  @Column({ name: 'removed_at', type: 'timestamptz', nullable: true })
  removedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
