import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { NodeEntity } from '../node/node.entity.js';
import { ServiceEntity } from '../service/service.entity.js';
import { NetworkEntity } from './network.entity.js';

/** Of a service's slot, of a standalone container, or of a node: the columns of the others are null. */
@Entity({ name: 'network_lease' })
@Index('network_lease_holder_key', ['containerId'], { unique: true, where: 'container_id IS NOT NULL' })
@Index('network_lease_node_key', ['projectId', 'nodeId'], { unique: true, where: 'node_id IS NOT NULL' })
@Index('network_lease_slot_idx', ['serviceId', 'ordinal'], { where: 'service_id IS NOT NULL' })
@ForeignKey(() => NetworkEntity, ['projectId', 'organizationId'], ['projectId', 'organizationId'], {
  name: 'network_lease_network_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'network_lease_service_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => NodeEntity, ['nodeId'], ['id'], { name: 'network_lease_node_fkey', onDelete: 'CASCADE' })
export class NetworkLeaseEntity {
  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'network_lease_pkey' })
  projectId!: string;

  @PrimaryColumn({ type: 'inet', primaryKeyConstraintName: 'network_lease_pkey' })
  address!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'service_id', type: 'uuid', nullable: true })
  serviceId!: string | null;

  @Column({ type: 'integer', nullable: true })
  ordinal!: number | null;

  /** Who has it now, or had it last: no foreign key, for a slot keeps its address when its container’s record is gone. */
  @Column({ name: 'container_id', type: 'uuid', nullable: true })
  containerId!: string | null;

  @Column({ name: 'node_id', type: 'uuid', nullable: true })
  nodeId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
