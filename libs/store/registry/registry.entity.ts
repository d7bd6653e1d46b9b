import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'registry' })
@Unique('registry_repository_key', ['projectId', 'host', 'repository'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'registry_project_fkey',
  onDelete: 'CASCADE',
})
export class RegistryEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'registry_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  host!: string;

  @Column({ type: 'text' })
  repository!: string;

  @Column({ type: 'text', nullable: true })
  username!: string | null;

  @Column({ name: 'password_sealed', type: 'bytea', nullable: true })
  passwordSealed!: Buffer | null;

  @Column({ type: 'text', nullable: true })
  description!: string | null;

  @Column({ type: 'boolean', nullable: true })
  accepted!: boolean | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
