import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'image_watch' })
@Index('image_watch_look_at_idx', ['lookAt'])
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'image_watch_project_fkey',
  onDelete: 'CASCADE',
})
export class ImageWatchEntity {
  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'image_watch_pkey' })
  projectId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'image_watch_pkey' })
  image!: string;

  /** Of the manifest that the registry had when it was last asked; null before. */
  @Column({ type: 'text', nullable: true })
  digest!: string | null;

  /** In a row, since it last answered. */
  @Column({ type: 'integer', default: 0 })
  failures!: number;

  @Column({ type: 'text', nullable: true })
  message!: string | null;

  @Column({ name: 'look_at', type: 'timestamptz', default: () => 'now()' })
  lookAt!: Date;
}
