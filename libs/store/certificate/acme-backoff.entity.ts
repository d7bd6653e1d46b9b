import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Until when an issuer is not asked for a name again. */
@Entity({ name: 'acme_backoff' })
export class AcmeBackoffEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'acme_backoff_pkey' })
  name!: string;

  @Column({ type: 'integer' })
  failures!: number;

  @Column({ name: 'not_before', type: 'timestamptz' })
  notBefore!: Date;

  @Column({ type: 'text' })
  problem!: string;
}
