import { Column, Entity, Exclusion, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { ProjectEntity } from '../identity/project.entity.js';

@Entity({ name: 'network' })
@Unique('network_vni_key', ['vni'])
@Unique('network_tenant_key', ['projectId', 'organizationId'])
@Exclusion('network_range_excl', 'USING gist (range inet_ops WITH &&)')
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'network_project_fkey',
  onDelete: 'CASCADE',
})
export class NetworkEntity {
  @PrimaryColumn({ name: 'project_id', type: 'uuid', primaryKeyConstraintName: 'network_pkey' })
  projectId!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ type: 'cidr' })
  range!: string;

  @Column({ type: 'integer' })
  vni!: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
