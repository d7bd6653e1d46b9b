import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';

/** A project's claim to a domain, or the proof of it. */
@Entity({ name: 'domain' })
@Unique('domain_name_key', ['projectId', 'name'])
@Index('domain_owner_key', ['name'], { unique: true, where: 'verified_at IS NOT NULL' })
@Index('domain_project_idx', ['projectId', 'createdAt', 'id'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'domain_project_fkey',
  onDelete: 'CASCADE',
})
export class DomainEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'domain_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  token!: string;

  @Column({ type: 'boolean', default: false })
  granted!: boolean;

  @Column({ name: 'verified_at', type: 'timestamptz', nullable: true })
  verifiedAt!: Date | null;

  @Column({ name: 'verified_by', type: 'text', nullable: true })
  verifiedBy!: 'dns' | 'http' | 'default-domain' | null;

  @Column({ name: 'checked_at', type: 'timestamptz', nullable: true })
  checkedAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  problem!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
