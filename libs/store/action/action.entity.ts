import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ActionResource, ContainerExpectation } from '#libs/core/action/action.repository.port.js';
import type { ActionState } from '#libs/domain/action/state.js';

@Entity({ name: 'action' })
@Index('action_open_idx', ['deadlineAt'], { where: 'ended_at IS NULL' })
@Index('action_organization_idx', ['organizationId', 'startedAt', 'id'])
@Index('action_resource_idx', ['resourceId'])
export class ActionEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'action_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid', nullable: true })
  organizationId!: string | null;

  @Column({ name: 'project_id', type: 'uuid', nullable: true })
  projectId!: string | null;

  @Column({ name: 'user_id', type: 'uuid', nullable: true })
  userId!: string | null;

  @Column({ name: 'user_name', type: 'text', nullable: true })
  userName!: string | null;

  @Column({ name: 'api_key_id', type: 'uuid', nullable: true })
  apiKeyId!: string | null;

  @Column({ type: 'text' })
  verb!: string;

  @Column({ name: 'resource_type', type: 'text' })
  resourceType!: ActionResource;

  @Column({ name: 'resource_id', type: 'uuid', nullable: true })
  resourceId!: string | null;

  @Column({ name: 'resource_name', type: 'text', nullable: true })
  resourceName!: string | null;

  @Column({ name: 'stack_id', type: 'uuid', nullable: true })
  stackId!: string | null;

  @Column({ name: 'service_id', type: 'uuid', nullable: true })
  serviceId!: string | null;

  @Column({ type: 'text' })
  origin!: 'user' | 'system';

  @Column({ type: 'text' })
  state!: ActionState;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  expectation!: ContainerExpectation[] | null;

  @Column({ type: 'text', nullable: true })
  method!: string | null;

  @Column({ type: 'text', nullable: true })
  path!: string | null;

  @Column({ type: 'text', nullable: true })
  ip!: string | null;

  @Column({ name: 'user_agent', type: 'text', nullable: true })
  userAgent!: string | null;

  @Column({ name: 'retry_of', type: 'uuid', nullable: true })
  retryOf!: string | null;

  @Column({ name: 'started_at', type: 'timestamptz', default: () => 'now()' })
  startedAt!: Date;

  @Column({ name: 'deadline_at', type: 'timestamptz', nullable: true })
  deadlineAt!: Date | null;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt!: Date | null;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
