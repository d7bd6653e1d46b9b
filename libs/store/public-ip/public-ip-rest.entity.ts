import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { PublicIpPoolEntity } from './public-ip-pool.entity.js';

/** An address that was given back: packets for its last holder may still come. */
@Entity({ name: 'public_ip_rest' })
@ForeignKey(() => PublicIpPoolEntity, ['poolId'], ['id'], { name: 'public_ip_rest_pool_fkey', onDelete: 'CASCADE' })
export class PublicIpRestEntity {
  @PrimaryColumn({ type: 'inet', primaryKeyConstraintName: 'public_ip_rest_pkey' })
  address!: string;

  @Column({ name: 'pool_id', type: 'uuid' })
  poolId!: string;

  @Column({ name: 'released_at', type: 'timestamptz' })
  releasedAt!: Date;
}
