import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { CertificateEntity } from '../certificate/certificate.entity.js';
import { ProjectEntity } from '../identity/project.entity.js';

/** HTTP routes have a host and a path, TCP routes a port of the edges. */
@Entity({ name: 'route' })
@Unique('route_tenant_key', ['id', 'organizationId'])
@Unique('route_place_key', ['organizationId', 'host', 'path'])
@Unique('route_port_key', ['port'])
@Index('route_owned_key', ['host', 'path'], { unique: true, where: 'owned' })
@Index('route_project_idx', ['projectId', 'createdAt', 'id'])
@Index('route_certificate_idx', ['certificateId'], { where: 'certificate_id IS NOT NULL' })
@ForeignKey(() => ProjectEntity, ['projectId', 'organizationId'], ['id', 'organizationId'], {
  name: 'route_project_fkey',
  onDelete: 'CASCADE',
})
@ForeignKey(() => CertificateEntity, ['certificateId', 'organizationId'], ['id', 'organizationId'], {
  name: 'route_certificate_fkey',
})
export class RouteEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'route_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid' })
  organizationId!: string;

  @Column({ name: 'project_id', type: 'uuid' })
  projectId!: string;

  @Column({ type: 'text' })
  kind!: 'http' | 'tcp';

  @Column({ type: 'text', nullable: true })
  host!: string | null;

  @Column({ type: 'text', nullable: true })
  path!: string | null;

  @Column({ type: 'integer', nullable: true })
  port!: number | null;

  @Column({ type: 'boolean', default: false })
  owned!: boolean;

  @Column({ type: 'boolean', default: false })
  tls!: boolean;

  @Column({ name: 'certificate_id', type: 'uuid', nullable: true })
  certificateId!: string | null;

  @Column({ name: 'redirect_to_https', type: 'boolean', default: false })
  redirectToHttps!: boolean;

  @Column({ name: 'hsts_max_age_s', type: 'integer', default: 0 })
  hstsMaxAgeS!: number;

  @Column({ name: 'cookie_affinity', type: 'boolean', default: false })
  cookieAffinity!: boolean;

  @Column({ name: 'proxy_protocol', type: 'text', default: 'none' })
  proxyProtocol!: 'none' | 'v1' | 'v2';

  @Column({ name: 'health_check', type: 'jsonb' })
  healthCheck!: object;

  @Column({ name: 'drain_ms', type: 'integer', default: 10000 })
  drainMs!: number;

  @Column({ type: 'jsonb', default: () => "'{}'" })
  labels!: Record<string, string>;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
