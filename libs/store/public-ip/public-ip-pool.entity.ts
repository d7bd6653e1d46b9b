import { Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { NodeClusterEntity } from '../node/node-cluster.entity.js';

/** A range of addresses that the operator gives out. */
@Entity({ name: 'public_ip_pool' })
@Unique('public_ip_pool_name_key', ['name'])
@ForeignKey(() => NodeClusterEntity, ['nodeClusterId'], ['id'], { name: 'public_ip_pool_node_cluster_fkey' })
export class PublicIpPoolEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'public_ip_pool_pkey' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'inet' })
  first!: string;

  @Column({ type: 'inet' })
  last!: string;

  /** Its nodes alone can have the addresses; null: any node. */
  @Column({ name: 'node_cluster_id', type: 'uuid', nullable: true })
  nodeClusterId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
