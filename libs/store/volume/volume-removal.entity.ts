import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a node has still to remove from its engine. */
@Entity({ name: 'volume_removal' })
@Index('volume_removal_node_idx', ['nodeId'])
export class VolumeRemovalEntity {
  @PrimaryColumn({ name: 'volume_id', type: 'uuid', primaryKeyConstraintName: 'volume_removal_pkey' })
  volumeId!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ name: 'node_id', type: 'uuid' })
  nodeId!: string;

  @Column({ name: 'engine_name', type: 'text', nullable: true })
  engineName!: string | null;

  /** Where it was a folder of one. */
  @Column({ name: 'share_id', type: 'uuid', nullable: true })
  shareId!: string | null;

  @Column({ name: 'asked_at', type: 'timestamptz', default: () => 'now()' })
  askedAt!: Date;
}
