import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { ProjectRole } from '#libs/domain/identity/role.js';
import { ProjectEntity } from './project.entity.js';
import { UserAccountEntity } from './user-account.entity.js';

@Entity({ name: 'project_membership' })
@Unique('project_membership_id_key', ['id'])
@Index('project_membership_user_idx', ['userId'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'project_membership_project_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => UserAccountEntity, ['userId'], ['id'], { name: 'project_membership_user_fkey', onDelete: 'CASCADE' })
export class ProjectMembershipEntity {
  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'project_membership_pkey' })
  projectId!: string;

  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'project_membership_pkey' })
  userId!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  role!: ProjectRole;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
