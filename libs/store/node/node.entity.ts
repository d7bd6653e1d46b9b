import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { NodeState } from '#libs/domain/node/state.js';
import { OrganizationEntity } from '../identity/organization.entity.js';
import { NodeClusterEntity } from './node-cluster.entity.js';

@Entity({ name: 'node' })
@Index('node_organization_idx', ['organizationId'])
@ForeignKey(() => NodeClusterEntity, ['nodeClusterId'], ['id'], { name: 'node_cluster_fkey' })
@ForeignKey(() => OrganizationEntity, ['organizationId'], ['id'], { name: 'node_organization_fkey' })
export class NodeEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'node_pkey' })
  id!: string;

  @Column({ name: 'organization_id', type: 'uuid', nullable: true })
  organizationId!: string | null;

  @Column({ name: 'node_cluster_id', type: 'uuid', nullable: true })
  nodeClusterId!: string | null;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  state!: NodeState;

  @Column({ name: 'state_message', type: 'text', nullable: true })
  stateMessage!: string | null;

  @Column({ type: 'boolean', default: true })
  schedulable!: boolean;

  @Column({ type: 'boolean', default: false })
  draining!: boolean;

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  tags!: string[];

  @Column({ type: 'jsonb', default: () => "'{}'" })
  labels!: Record<string, string>;

  @Column({ name: 'milli_cpu', type: 'bigint', default: 0 })
  milliCpu!: number;

  @Column({ name: 'memory_bytes', type: 'bigint', default: 0 })
  memoryBytes!: number;

  @Column({ name: 'disk_bytes', type: 'bigint', default: 0 })
  diskBytes!: number;

  @Column({ name: 'max_containers', type: 'integer', default: 0 })
  maxContainers!: number;

  @Column({ name: 'engine_kind', type: 'text', nullable: true })
  engineKind!: string | null;

  @Column({ name: 'engine_version', type: 'text', nullable: true })
  engineVersion!: string | null;

  @Column({ name: 'agent_version', type: 'text', nullable: true })
  agentVersion!: string | null;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ type: 'text', array: true, default: () => "'{}'" })
  roles!: string[];

  @Column({ type: 'boolean', default: false })
  overlay!: boolean;

  @Column({ name: 'underlay_address', type: 'text', nullable: true })
  underlayAddress!: string | null;

  /** Its kernel can mount NFS. */
  @Column({ name: 'nfs_client', type: 'boolean', default: false })
  nfsClient!: boolean;

  /** The same for nodes of one running kernel. */
  @Column({ type: 'text', nullable: true })
  machine!: string | null;

  /** Where its file shares are served; 0 without the storage role. */
  @Column({ name: 'storage_port', type: 'integer', default: 0 })
  storagePort!: number;

  /** What it offers to file shares altogether. */
  @Column({ name: 'storage_bytes', type: 'bigint', default: 0 })
  storageBytes!: number;

  /** Its networks have waited for it since then; null: it is up to date. */
  @Column({ name: 'network_behind_since', type: 'timestamptz', nullable: true })
  networkBehindSince!: Date | null;

  @Column({ name: 'network_problems', type: 'text', array: true, default: () => "'{}'" })
  networkProblems!: string[];

  @Column({ name: 'certificate_serial', type: 'text', nullable: true })
  certificateSerial!: string | null;

  /** Still good until it expires: the answer to a renewal may get lost. */
  @Column({ name: 'previous_certificate_serial', type: 'text', nullable: true })
  previousCertificateSerial!: string | null;

  @Column({ name: 'certificate_expires_at', type: 'timestamptz', nullable: true })
  certificateExpiresAt!: Date | null;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  @Column({ name: 'gateway_id', type: 'text', nullable: true })
  gatewayId!: string | null;

  @Column({ name: 'session_epoch', type: 'bigint', default: 0 })
  sessionEpoch!: number;

  @Column({ name: 'last_seen_at', type: 'timestamptz', nullable: true })
  lastSeenAt!: Date | null;

  @Column({ name: 'assignment_generation', type: 'bigint', default: 0 })
  assignmentGeneration!: number;

  @Column({ name: 'applied_generation', type: 'bigint', default: 0 })
  appliedGeneration!: number;

  /** Kept ready by the operator for node clusters; a tenant's only while one has claimed it. */
  @Column({ type: 'boolean', default: false })
  claimable!: boolean;

  /** Since when it is emptied to go back to the pool. */
  @Column({ name: 'releasing_since', type: 'timestamptz', nullable: true })
  releasingSince!: Date | null;

  @Column({ name: 'removed_at', type: 'timestamptz', nullable: true })
  removedAt!: Date | null;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;

  @Column({ name: 'row_version', type: 'integer', default: 1 })
  rowVersion!: number;
}
