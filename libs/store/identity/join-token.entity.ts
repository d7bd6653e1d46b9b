import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { NodeClusterEntity } from '../node/node-cluster.entity.js';
import { OrganizationEntity } from './organization.entity.js';

@Entity({ name: 'join_token' })
@ForeignKey(() => NodeClusterEntity, ['nodeClusterId'], ['id'], { name: 'join_token_cluster_fkey' })
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], { name: 'join_token_organization_fkey' })
export class JoinTokenEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'join_token_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid', nullable: true })
  organizationId!: string | null;

  @Column({ name: 'node_cluster_id', type: 'uuid', nullable: true })
  nodeClusterId!: string | null;

  @Column({ name: 'secret_hash', type: 'bytea' })
  secretHash!: Buffer;

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  tags!: string[];

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'used_at', type: 'timestamptz', nullable: true })
  usedAt!: Date | null;

  @Column({ name: 'used_by_node_id', type: 'uuid', nullable: true })
  usedByNodeId!: string | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  @Column({ name: 'created_by', type: 'uuid', nullable: true })
  createdBy!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
