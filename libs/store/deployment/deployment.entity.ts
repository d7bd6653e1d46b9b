import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { DeploymentKind, DeploymentState } from '#libs/domain/deployment/state.js';
import { ServiceEntity } from '../service/service.entity.js';

@Entity({ name: 'deployment' })
@Index('deployment_action_idx', ['actionId'])
@Index('deployment_open_key', ['serviceId'], { unique: true, where: 'ended_at IS NULL' })
@Index('deployment_service_idx', ['serviceId', 'startedAt'])
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'deployment_service_fkey',
  onDelete: 'CASCADE',
})
export class DeploymentEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'deployment_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'service_id', type: 'uuid' })
  serviceId!: string;

  @Column({ name: 'action_id', type: 'uuid', nullable: true })
  actionId!: string | null;

  @Column({ type: 'text' })
  kind!: DeploymentKind;

  @Column({ type: 'text' })
  state!: DeploymentState;

  @Column({ name: 'from_revision', type: 'integer', nullable: true })
  fromRevision!: number | null;

  @Column({ name: 'to_revision', type: 'integer' })
  toRevision!: number;

  @Column({ name: 'rolling_back', type: 'boolean', default: false })
  rollingBack!: boolean;

  @Column({ name: 'progress_slots', type: 'integer', default: 0 })
  progressSlots!: number;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'last_progress_at', type: 'timestamptz', nullable: true })
  lastProgressAt!: Date | null;

  @Column({ name: 'complete_since', type: 'timestamptz', nullable: true })
  completeSince!: Date | null;

  @Column({ name: 'deadline_at', type: 'timestamptz' })
  deadlineAt!: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  @Column({ type: 'jsonb', default: () => "'[]'" })
  environment!: { name: string; value: string }[];
}
