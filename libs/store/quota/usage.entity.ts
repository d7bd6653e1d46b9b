import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { QuotaResource } from '#libs/domain/quota/quota.js';
import { OrganizationEntity } from '../identity/organization.entity.js';

@Entity({ name: 'usage' })
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], {
  name: 'usage_organization_fkey',
  onDelete: 'CASCADE',
})
export class UsageEntity {
  @PrimaryColumn({ name: 'organization_id', type: 'uuid', primaryKeyConstraintName: 'usage_pkey' })
  organizationId!: string;

  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'usage_pkey' })
  projectId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'usage_pkey' })
  resource!: QuotaResource;

  @Column({ type: 'bigint', default: 0 })
  used!: number;
}
