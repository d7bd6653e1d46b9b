import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { QuotaResource } from '#libs/domain/quota/quota.js';
import { OrganizationEntity } from '../identity/organization.entity.js';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'quota' })
// Of an expression, which the schema builder cannot compare: it stands in the migrations alone.
@Index('quota_resource_key', { synchronize: false })
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], {
  name: 'quota_organization_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'quota_project_fkey',
  onDelete: 'CASCADE',
})
export class QuotaEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'quota_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid', nullable: true })
  projectId!: string | null;

  @Column({ type: 'text' })
  resource!: QuotaResource;

  @Column({ type: 'bigint', nullable: true })
  limit!: number | null;
}
