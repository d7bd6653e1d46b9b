import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';
import { NodeEntity } from '../node/node.entity.js';

/** What an edge said it has in force of a project, as of which transactions. */
@Entity({ name: 'edge_state' })
@Index('edge_state_project_idx', ['projectId'])
@ForeignKey(() => NodeEntity, ['nodeId'], ['id'], {
  name: 'edge_state_node_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'edge_state_project_fkey',
  onDelete: 'CASCADE',
})
export class EdgeStateEntity {
  @PrimaryColumn({ name: 'node_id', type: 'uuid', primaryKeyConstraintName: 'edge_state_pkey' })
  nodeId!: string;

  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'edge_state_pkey' })
  projectId!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ type: 'bigint' })
  version!: number;

  @Column({ type: 'jsonb', default: () => "'[]'" })
  problems!: { routeId: string; sentence: string }[];

  @Column({ type: 'timestamptz', default: () => 'now()' })
  at!: Date;
}
