import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'certificate_authority' })
export class CertificateAuthorityEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'certificate_authority_pkey' })
  id!: string;

  @Column({ name: 'certificate_pem', type: 'text' })
  certificatePem!: string;

  @Column({ name: 'private_key_encrypted', type: 'bytea' })
  privateKeyEncrypted!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
