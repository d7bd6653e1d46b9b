import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { OrganizationRole } from '#libs/domain/identity/role.js';
import { OrganizationEntity } from './organization.entity.js';
import { UserAccountEntity } from './user-account.entity.js';

@Entity({ name: 'membership' })
@Unique('membership_id_key', ['id'])
@Index('membership_user_idx', ['userId'])
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], {
  name: 'membership_organization_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => UserAccountEntity, ['userId'], ['id'], { name: 'membership_user_fkey', onDelete: 'CASCADE' })
export class MembershipEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'membership_pkey' })
  organizationId!: string;

  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'membership_pkey' })
  userId!: string;

  @Column({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  role!: OrganizationRole;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
