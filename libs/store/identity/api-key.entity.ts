import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { OrganizationEntity } from './organization.entity.js';
import { ServiceEntity } from '../service/service.entity.js';
import { ProjectEntity } from './project.entity.js';
import { UserAccountEntity } from './user-account.entity.js';

@Entity({ name: 'api_key' })
@Unique('api_key_secret_hash_key', ['secretHash'])
@Index('api_key_owner_idx', ['organizationId', 'userId'])
@Index('api_key_service_idx', ['serviceId'])
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], {
  name: 'api_key_organization_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'api_key_project_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'api_key_service_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => UserAccountEntity, ['userId'], ['id'], { name: 'api_key_user_fkey', onDelete: 'CASCADE' })
export class ApiKeyEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'api_key_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid', nullable: true })
  projectId!: string | null;

  @Column({ name: 'user_id', type: 'uuid', nullable: true })
  userId!: string | null;

  @Column({ name: 'service_id', type: 'uuid', nullable: true })
  serviceId!: string | null;

  @Column({ name: 'secret_sealed', type: 'bytea', nullable: true })
  secretSealed!: Buffer | null;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  prefix!: string;

  @Column({ name: 'secret_hash', type: 'bytea' })
  secretHash!: Buffer;

  @Column({ type: 'text' })
  access!: 'read' | 'write';

  @Column({ name: 'expires_at', type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  @Column({ name: 'last_used_at', type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
