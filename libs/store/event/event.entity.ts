import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { EventType, EventVerb } from '#libs/domain/event/event.js';

@Entity({ name: 'event' })
@Index('event_organization_idx', ['organizationId', 'transactionId', 'id'])
export class EventEntity {
  @PrimaryColumn({ name: 'transaction_id', type: 'bigint', primaryKeyConstraintName: 'event_pkey' })
  transactionId!: number;

  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'event_pkey',
  })
  id!: number;

  @Column({ name: 'organization_id', type: 'uuid', nullable: true })
  organizationId!: string | null;

  @Column({ name: 'project_id', type: 'uuid', nullable: true })
  projectId!: string | null;

  @Column({ type: 'text' })
  type!: EventType;

  @Column({ type: 'text' })
  verb!: EventVerb;

  @Column({ name: 'resource_id', type: 'uuid' })
  resourceId!: string;

  @Column({ type: 'text' })
  state!: string;

  @Column({ type: 'jsonb', default: () => "'[]'" })
  parents!: { type: EventType; id: string }[];

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  at!: Date;
}
