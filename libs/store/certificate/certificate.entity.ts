import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'certificate' })
@Unique('certificate_tenant_key', ['id', 'organizationId'])
@Index('certificate_project_idx', ['projectId', 'createdAt', 'id'])
@Index('certificate_look_again_idx', ['lookAgainAt'], { where: 'look_again_at IS NOT NULL' })
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'certificate_project_fkey',
  onDelete: 'CASCADE',
})
export class CertificateEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'certificate_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  source!: 'uploaded' | 'acme';

  @Column({ type: 'text', array: true })
  names!: string[];

  @Column({ name: 'chain_pem', type: 'text', nullable: true })
  chainPem!: string | null;

  @Column({ name: 'key_sealed', type: 'bytea', nullable: true })
  keySealed!: Buffer | null;

  @Column({ type: 'text', nullable: true })
  issuer!: string | null;

  @Column({ type: 'text', nullable: true })
  fingerprint!: string | null;

  @Column({ name: 'not_before', type: 'timestamptz', nullable: true })
  notBefore!: Date | null;

  @Column({ name: 'not_after', type: 'timestamptz', nullable: true })
  notAfter!: Date | null;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ name: 'look_again_at', type: 'timestamptz', nullable: true })
  lookAgainAt!: Date | null;

  @Column({ type: 'text', nullable: true })
  problem!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
