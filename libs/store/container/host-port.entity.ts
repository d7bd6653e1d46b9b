import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ContainerEntity } from './container.entity.js';

@Entity({ name: 'host_port' })
@Index('host_port_container_idx', ['containerId'])
@ForeignKey(() => ContainerEntity, ['containerId'], ['id'], { name: 'host_port_container_fkey', onDelete: 'CASCADE' })
export class HostPortEntity {
  @PrimaryColumn({ name: 'node_id', type: 'uuid', primaryKeyConstraintName: 'host_port_pkey' })
  nodeId!: string;

  @PrimaryColumn({ name: 'host_port', type: 'integer', primaryKeyConstraintName: 'host_port_pkey' })
  hostPort!: number;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'host_port_pkey' })
  protocol!: string;

  @Column({ name: 'container_id', type: 'uuid' })
  containerId!: string;
}
