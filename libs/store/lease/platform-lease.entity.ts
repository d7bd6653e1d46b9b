import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Work that one process at a time may do. */
@Entity({ name: 'platform_lease' })
export class PlatformLeaseEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'platform_lease_pkey' })
  name!: string;

  @Column({ type: 'uuid' })
  holder!: string;

  @Column({ type: 'timestamptz' })
  until!: Date;
}
