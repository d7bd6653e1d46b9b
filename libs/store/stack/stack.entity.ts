import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { StackState } from '#libs/domain/stack/state.js';
import type { ServiceIntent } from '#libs/domain/service/state.js';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'stack' })
@Unique('stack_tenant_key', ['id', 'organizationId'])
@Index('stack_name_key', ['projectId', 'name'], { unique: true, where: 'destroyed_at IS NULL' })
@Index('stack_project_idx', ['projectId', 'createdAt', 'id'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'stack_project_fkey',
})
export class StackEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'stack_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'display_name', type: 'text', nullable: true })
  displayName!: string | null;

  @Column({ type: 'text' })
  intent!: ServiceIntent;

  @Column({ type: 'text' })
  state!: StackState;

  @Column({ type: 'boolean', default: true })
  synchronized!: boolean;

  @Column({ name: 'deployed_at', type: 'timestamptz', nullable: true })
  deployedAt!: Date | null;

  @Column({ name: 'destroyed_at', type: 'timestamptz', nullable: true })
  destroyedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
