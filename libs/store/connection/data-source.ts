import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { CreateSchema1763683200000 } from '../../../migrations/1763683200000-create-schema.js';
import { NodeRoles1764000000000 } from '../../../migrations/1764000000000-node-roles.js';
import { PrivateNetworks1764100000000 } from '../../../migrations/1764100000000-private-networks.js';
import { Routes1764200000000 } from '../../../migrations/1764200000000-routes.js';
import { HostOwners1764210000000 } from '../../../migrations/1764210000000-host-owners.js';
import { PoolOrder1764250000000 } from '../../../migrations/1764250000000-pool-order.js';
import { Rebalance1764250000001 } from '../../../migrations/1764250000001-rebalance.js';
import { Volumes1764300000000 } from '../../../migrations/1764300000000-volumes.js';
import { Discovery1764500000000 } from '../../../migrations/1764500000000-discovery.js';
import { ContainerHistory1764500100000 } from '../../../migrations/1764500100000-container-history.js';
import { RegistryAccounts1764600000000 } from '../../../migrations/1764600000000-registry-accounts.js';
import { PublicIps1764700000000 } from '../../../migrations/1764700000000-public-ips.js';
import { HostPool1764800000000 } from '../../../migrations/1764800000000-host-pool.js';
import { ImageWatches1764900000000 } from '../../../migrations/1764900000000-image-watches.js';
import { FileShares1765000000000 } from '../../../migrations/1765000000000-file-shares.js';
import { NodeClusterDisplayName1765200000000 } from '../../../migrations/1765200000000-node-cluster-display-name.js';
import { PulledImages1765300000000 } from '../../../migrations/1765300000000-pulled-images.js';
import { Backups1765100000000 } from '../../../migrations/1765100000000-backups.js';
import { FewerIndexWrites1765400000000 } from '../../../migrations/1765400000000-fewer-index-writes.js';
import { ActionEntity } from '../action/action.entity.js';
import { BackupEntity } from '../backup/backup.entity.js';
import { BackupScheduleEntity } from '../backup/backup-schedule.entity.js';
import { BackupTargetEntity } from '../backup/backup-target.entity.js';
import { BackupWorkEntity } from '../backup/backup-work.entity.js';
import { ContainerEntity } from '../container/container.entity.js';
import { HostPortEntity } from '../container/host-port.entity.js';
import { DeploymentEntity } from '../deployment/deployment.entity.js';
import { EventEntity } from '../event/event.entity.js';
import { ApiKeyEntity } from '../identity/api-key.entity.js';
import { CertificateAuthorityEntity } from '../identity/certificate-authority.entity.js';
import { JoinTokenEntity } from '../identity/join-token.entity.js';
import { LoginSessionEntity } from '../identity/login-session.entity.js';
import { MembershipEntity } from '../identity/membership.entity.js';
import { OrganizationEntity } from '../identity/organization.entity.js';
import { ProjectMembershipEntity } from '../identity/project-membership.entity.js';
import { ProjectEntity } from '../identity/project.entity.js';
import { SigningKeyEntity } from '../identity/signing-key.entity.js';
import { UserAccountEntity } from '../identity/user-account.entity.js';
import { NetworkEntity } from '../network/network.entity.js';
import { NetworkLeaseEntity } from '../network/network-lease.entity.js';
import { NetworkProbeEntity } from '../network/network-probe.entity.js';
import { GatewayEntity } from '../node/gateway.entity.js';
import { NodeClusterEntity } from '../node/node-cluster.entity.js';
import { NodeEntity } from '../node/node.entity.js';
import { PublicIpEntity } from '../public-ip/public-ip.entity.js';
import { PublicIpPoolEntity } from '../public-ip/public-ip-pool.entity.js';
import { PublicIpRestEntity } from '../public-ip/public-ip-rest.entity.js';
import { ImageWatchEntity } from '../image/image-watch.entity.js';
import { PulledImageEntity } from '../image/pulled-image.entity.js';
import { OutboxEntity } from '../outbox/outbox.entity.js';
import { QuotaEntity } from '../quota/quota.entity.js';
import { UsageEntity } from '../quota/usage.entity.js';
import { RegistryEntity } from '../registry/registry.entity.js';
import { RevisionEntity } from '../service/revision.entity.js';
import { ServiceEntity } from '../service/service.entity.js';
import { StackEntity } from '../stack/stack.entity.js';
import { TriggerEntity } from '../trigger/trigger.entity.js';
import { AcmeAccountEntity } from '../certificate/acme-account.entity.js';
import { AcmeBackoffEntity } from '../certificate/acme-backoff.entity.js';
import { AcmeChallengeEntity } from '../certificate/acme-challenge.entity.js';
import { CertificateEntity } from '../certificate/certificate.entity.js';
import { DomainEntity } from '../domain/domain.entity.js';
import { EdgeStateEntity } from '../route/edge-state.entity.js';
import { PlatformLeaseEntity } from '../lease/platform-lease.entity.js';
import { RouteEntity } from '../route/route.entity.js';
import { RouteTargetEntity } from '../route/route-target.entity.js';
import { FileShareEntity } from '../file-share/file-share.entity.js';
import { FileShareProjectEntity } from '../file-share/file-share-project.entity.js';
import { VolumeMountEntity } from '../volume/volume-mount.entity.js';
import { VolumeRemovalEntity } from '../volume/volume-removal.entity.js';
import { VolumeEntity } from '../volume/volume.entity.js';

export interface DataSourceSettings {
  /** Connections at most. */
  poolSize: number;
  /** Stands in pg_stat_activity. */
  applicationName: string;
  /** 15 s unless given; 0 is without limit. */
  statementTimeoutMs?: number;
}

const entities = [
  ActionEntity,
  BackupTargetEntity,
  BackupScheduleEntity,
  BackupEntity,
  BackupWorkEntity,
  ContainerEntity,
  HostPortEntity,
  DeploymentEntity,
  EventEntity,
  ApiKeyEntity,
  CertificateAuthorityEntity,
  JoinTokenEntity,
  LoginSessionEntity,
  MembershipEntity,
  OrganizationEntity,
  ProjectMembershipEntity,
  ProjectEntity,
  SigningKeyEntity,
  UserAccountEntity,
  NetworkEntity,
  NetworkLeaseEntity,
  NetworkProbeEntity,
  GatewayEntity,
  NodeClusterEntity,
  NodeEntity,
  ImageWatchEntity,
  PulledImageEntity,
  PublicIpEntity,
  PublicIpPoolEntity,
  PublicIpRestEntity,
  OutboxEntity,
  QuotaEntity,
  UsageEntity,
  RegistryEntity,
  RevisionEntity,
  ServiceEntity,
  StackEntity,
  TriggerEntity,
  AcmeAccountEntity,
  AcmeBackoffEntity,
  AcmeChallengeEntity,
  CertificateEntity,
  DomainEntity,
  PlatformLeaseEntity,
  EdgeStateEntity,
  RouteEntity,
  RouteTargetEntity,
  FileShareEntity,
  FileShareProjectEntity,
  VolumeEntity,
  VolumeMountEntity,
  VolumeRemovalEntity,
];

/** In the order they are applied in. */
const migrations = [
  CreateSchema1763683200000,
  NodeRoles1764000000000,
  PrivateNetworks1764100000000,
  Routes1764200000000,
  HostOwners1764210000000,
  PoolOrder1764250000000,
  Rebalance1764250000001,
  Volumes1764300000000,
  Discovery1764500000000,
  ContainerHistory1764500100000,
  RegistryAccounts1764600000000,
  PublicIps1764700000000,
  HostPool1764800000000,
  ImageWatches1764900000000,
  FileShares1765000000000,
  Backups1765100000000,
  NodeClusterDisplayName1765200000000,
  PulledImages1765300000000,
  FewerIndexWrites1765400000000,
];

/** Migrations only: a schema is never synchronized from the entities. */
export function dataSourceOptions(url: string, settings: DataSourceSettings): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url,
    applicationName: settings.applicationName,
    poolSize: settings.poolSize,
    connectTimeoutMS: 5_000,
    entities,
    migrations,
    installExtensions: false,
    logging: false,
    extra: {
      keepAlive: true,
      // Statements that do not wait for each other share a way to the database and back.
      pipeline: true,
      statement_timeout: settings.statementTimeoutMs ?? 15_000,
      idle_in_transaction_session_timeout: 30_000,
    },
    // An idle connection that breaks is replaced at its next use, and that use reports what is wrong.
    poolErrorHandler: () => undefined,
  };
}

export const createDataSource = (url: string, settings: DataSourceSettings): DataSource =>
  new DataSource(dataSourceOptions(url, settings));
