import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { CertificateEntity } from './certificate.entity.js';

/** What edges answer to an issuer that looks whether a host is served here. */
@Entity({ name: 'acme_challenge' })
@Index('acme_challenge_certificate_idx', ['certificateId'])
@ForeignKey(() => CertificateEntity, ['certificateId', 'organizationId'], ['id', 'organizationId'], {
  name: 'acme_challenge_certificate_fkey',
  onDelete: 'CASCADE',
})
export class AcmeChallengeEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'acme_challenge_pkey' })
  token!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'certificate_id', type: 'uuid' })
  certificateId!: string;

  @Column({ type: 'text' })
  host!: string;

  @Column({ type: 'text' })
  response!: string;

  @Column({ name: 'changed_xid', type: 'bigint' })
  changedXid!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
