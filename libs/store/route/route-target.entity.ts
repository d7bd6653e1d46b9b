import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ServiceEntity } from '../service/service.entity.js';
import { RouteEntity } from './route.entity.js';

@Entity({ name: 'route_target' })
@Index('route_target_service_idx', ['serviceId'])
@ForeignKey(() => RouteEntity, ['routeId', 'organizationId'], ['id', 'organizationId'], {
  name: 'route_target_route_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ServiceEntity, ['serviceId', 'organizationId'], ['id', 'organizationId'], {
  name: 'route_target_service_fkey',
  onDelete: 'CASCADE',
})
export class RouteTargetEntity {
  @PrimaryColumn({ name: 'route_id', type: 'uuid', primaryKeyConstraintName: 'route_target_pkey' })
  routeId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'route_target_pkey' })
  position!: number;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'service_id', type: 'uuid' })
  serviceId!: string;

  @Column({ type: 'integer' })
  port!: number;

  @Column({ type: 'integer' })
  weight!: number;
}
