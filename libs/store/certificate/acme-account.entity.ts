import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The platform's account with an issuer, by the issuer’s directory. */
@Entity({ name: 'acme_account' })
export class AcmeAccountEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'acme_account_pkey' })
  directory!: string;

  @Column({ type: 'text', nullable: true })
  url!: string | null;

  @Column({ name: 'key_sealed', type: 'bytea' })
  keySealed!: Buffer;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
