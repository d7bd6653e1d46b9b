import type { EntityManager } from 'typeorm';
import type { Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { PostgresActionRepository } from '../action/action.repository.js';
import { PostgresBackupRepository } from '../backup/backup.repository.js';
import { PostgresBackupScheduleRepository } from '../backup/backup-schedule.repository.js';
import { PostgresBackupTargetRepository } from '../backup/backup-target.repository.js';
import { PostgresBackupWorkRepository } from '../backup/backup-work.repository.js';
import { PostgresContainerRepository } from '../container/container.repository.js';
import { PostgresCertificateRepository } from '../certificate/certificate.repository.js';
import { PostgresIssuingRepository } from '../certificate/issuing.repository.js';
import { PostgresDeploymentRepository } from '../deployment/deployment.repository.js';
import { PostgresDiscoveryRepository } from '../discovery/discovery.repository.js';
import { PostgresDomainRepository } from '../domain/domain.repository.js';
import { PostgresEventLog } from '../event/event-log.js';
import { PostgresFileShareRepository } from '../file-share/file-share.repository.js';
import { PostgresIdentityRepository } from '../identity/identity.repository.js';
import { PostgresImageWatchRepository } from '../image/image-watch.repository.js';
import { PostgresNetworkRepository } from '../network/network.repository.js';
import { PostgresLeaseRepository } from '../lease/lease.repository.js';
import { PostgresNodeRepository } from '../node/node.repository.js';
import { PostgresOutbox } from '../outbox/outbox.js';
import { PostgresPublicIpRepository } from '../public-ip/public-ip.repository.js';
import { PostgresPublicIpPoolRepository } from '../public-ip/public-ip-pool.repository.js';
import { PostgresQuotaRepository } from '../quota/quota.repository.js';
import { PostgresRebalanceRepository } from '../rebalance/rebalance.repository.js';
import { PostgresReconcileRepository } from '../reconcile/reconcile.repository.js';
import { PostgresRegistryRepository } from '../registry/registry.repository.js';
import { PostgresRouteRepository } from '../route/route.repository.js';
import { PostgresServiceRepository } from '../service/service.repository.js';
import { PostgresStackRepository } from '../stack/stack.repository.js';
import { PostgresTriggerRepository } from '../trigger/trigger.repository.js';
import { PostgresVolumeRepository } from '../volume/volume.repository.js';
import type { Sql } from './sql.js';

/** The repositories of one connection, made when first used. */
export class PostgresTransaction implements Transaction {
  wroteOutbox = false;
  /** Organizations that events were written of. */
  readonly eventsOf = new Set<string>();
  private readonly made = new Map<string, unknown>();

  constructor(
    /** For the reconcilers' own statements inside the store. */
    readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  private one<T>(name: string, make: () => T): T {
    if (!this.made.has(name)) this.made.set(name, make());
    return this.made.get(name) as T;
  }

  get stacks() {
    return this.one('stacks', () => new PostgresStackRepository(this.sql));
  }
  get services() {
    return this.one('services', () => new PostgresServiceRepository(this.sql));
  }
  get deployments() {
    return this.one('deployments', () => new PostgresDeploymentRepository(this.sql));
  }
  get containers() {
    return this.one('containers', () => new PostgresContainerRepository(this.sql));
  }
  get networks() {
    return this.one('networks', () => new PostgresNetworkRepository(this.sql));
  }
  get nodes() {
    return this.one('nodes', () => new PostgresNodeRepository(this.sql));
  }
  get volumes() {
    return this.one('volumes', () => new PostgresVolumeRepository(this.sql));
  }
  get fileShares() {
    return this.one('fileShares', () => new PostgresFileShareRepository(this.sql));
  }
  get triggers() {
    return this.one('triggers', () => new PostgresTriggerRepository(this.sql));
  }
  get registries() {
    return this.one('registries', () => new PostgresRegistryRepository(this.sql));
  }
  get publicIps() {
    return this.one('publicIps', () => new PostgresPublicIpRepository(this.sql));
  }
  get publicIpPools() {
    return this.one('publicIpPools', () => new PostgresPublicIpPoolRepository(this.sql));
  }
  get imageWatches() {
    return this.one('imageWatches', () => new PostgresImageWatchRepository(this.sql));
  }
  get discovery() {
    return this.one('discovery', () => new PostgresDiscoveryRepository(this.sql));
  }
  get routes() {
    return this.one('routes', () => new PostgresRouteRepository(this.sql));
  }
  get domains() {
    return this.one('domains', () => new PostgresDomainRepository(this.sql));
  }
  get certificates() {
    return this.one('certificates', () => new PostgresCertificateRepository(this.sql));
  }
  get issuing() {
    return this.one('issuing', () => new PostgresIssuingRepository(this.sql));
  }
  get leases() {
    return this.one('leases', () => new PostgresLeaseRepository(this.sql));
  }
  get backupTargets() {
    return this.one('backupTargets', () => new PostgresBackupTargetRepository(this.sql));
  }
  get backups() {
    return this.one('backups', () => new PostgresBackupRepository(this.sql));
  }
  get backupSchedules() {
    return this.one('backupSchedules', () => new PostgresBackupScheduleRepository(this.sql));
  }
  get backupWork() {
    return this.one('backupWork', () => new PostgresBackupWorkRepository(this.sql));
  }
  get actions() {
    return this.one('actions', () => new PostgresActionRepository(this.sql));
  }
  get events() {
    return this.one(
      'events',
      () => new PostgresEventLog(this.sql, (ids) => ids.forEach((id) => this.eventsOf.add(id))),
    );
  }
  get outbox() {
    return this.one('outbox', () => new PostgresOutbox(this.sql, () => (this.wroteOutbox = true)));
  }
  get quotas() {
    return this.one('quotas', () => new PostgresQuotaRepository(this.sql));
  }
  get identity() {
    return this.one('identity', () => new PostgresIdentityRepository(this.sql, this.manager));
  }
  get rebalance() {
    return this.one('rebalance', () => new PostgresRebalanceRepository(this.sql));
  }
  get reconcile() {
    return this.one('reconcile', () => new PostgresReconcileRepository(this.sql));
  }
}
