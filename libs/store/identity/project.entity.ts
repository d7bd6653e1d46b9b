import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { OrganizationEntity } from './organization.entity.js';

@Entity({ name: 'project' })
@Unique('project_name_key', ['organizationId', 'name'])
@Unique('project_namespace_key', ['namespace'])
@Unique('project_tenant_key', ['id', 'organizationId'])
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], { name: 'project_organization_fkey' })
export class ProjectEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'project_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  namespace!: string;

  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** How many containers a minute are moved for an even spread; 0 is none. */
  @Column({ name: 'rebalance_moves_per_minute', type: 'integer', default: 0 })
  rebalanceMovesPerMinute!: number;

  @Column({ name: 'rebalanced_at', type: 'timestamptz', nullable: true })
  rebalancedAt!: Date | null;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
