import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ReconcileKey } from '#libs/core/outbox/outbox.port.js';

@Entity({ name: 'outbox' })
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'outbox_pkey',
  })
  id!: number;

  @Column({ type: 'text' })
  key!: ReconcileKey;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  at!: Date;
}
