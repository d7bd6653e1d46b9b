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

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  tags!: string[];

  @Column({ name: 'removed_at', type: 'timestamptz', nullable: true })
  removedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
