import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';
import { ServiceEntity } from '../service/service.entity.js';
import { PublicIpPoolEntity } from './public-ip-pool.entity.js';

@Entity({ name: 'public_ip' })
@Unique('public_ip_address_key', ['address'])
@Index('public_ip_project_idx', ['projectId', 'createdAt', 'id'])
@ForeignKey(() => PublicIpPoolEntity, ['poolId'], ['id'], { name: 'public_ip_pool_fkey' })
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'public_ip_project_fkey',
})
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'public_ip_service_fkey',
})
export class PublicIpEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'public_ip_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'pool_id', type: 'uuid' })
  poolId!: string;

  /** A pool keeps its name; tenants do not see the pool itself. */
  @Column({ name: 'pool_name', type: 'text' })
  poolName!: string;

  @Column({ type: 'inet' })
  address!: string;

  /** Bound to one slot of a service, whichever container fills it; */
  @Column({ name: 'service_id', type: 'uuid', nullable: true })
  serviceId!: string | null;

  @Column({ type: 'integer', nullable: true })
  ordinal!: number | null;

  /** or to a standalone container, whose row may be gone. */
  @Column({ name: 'container_id', type: 'uuid', nullable: true })
  containerId!: string | null;

  @Column({ name: 'all_ports', type: 'boolean', default: true })
  allPorts!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
