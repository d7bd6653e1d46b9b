import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'gateway' })
export class GatewayEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'gateway_pkey' })
  id!: string;

  @Column({ type: 'text' })
  address!: string;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt!: Date;

  @Column({ name: 'last_seen_at', type: 'timestamptz' })
  lastSeenAt!: Date;
}
