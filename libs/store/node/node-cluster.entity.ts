import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { OrganizationEntity } from '../identity/organization.entity.js';

@Entity({ name: 'node_cluster' })
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], { name: 'node_cluster_organization_fkey' })
export class NodeClusterEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'node_cluster_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid', nullable: true })
  organizationId!: string | null;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'display_name', type: 'text', nullable: true })
  displayName!: string | null;

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  tags!: string[];

  /** Where in the operator's pool its hosts come from; null: its owner brings them. */
  @Column({ type: 'text', nullable: true })
  region!: string | null;

  @Column({ name: 'node_type', type: 'text', nullable: true })
  nodeType!: string | null;

  @Column({ name: 'target_nodes', type: 'integer', nullable: true })
  targetNodes!: number | null;

  @Column({ name: 'deployed_at', type: 'timestamptz', nullable: true })
  deployedAt!: Date | null;

  @Column({ type: 'boolean', default: false })
  terminating!: boolean;

  /** Of the change under way. */
  @Column({ name: 'action_id', type: 'uuid', nullable: true })
  actionId!: string | null;

  @Column({ name: 'removed_at', type: 'timestamptz', nullable: true })
  removedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  /** How many containers a minute are moved for an even spread; 0 is none. */
  @Column({ name: 'rebalance_moves_per_minute', type: 'integer', default: 0 })
  rebalanceMovesPerMinute!: number;

  @Column({ name: 'rebalanced_at', type: 'timestamptz', nullable: true })
  rebalancedAt!: Date | null;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
