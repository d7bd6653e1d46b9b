import type { ActionRepository } from '../action/action.repository.port.js';
import type {
  BackupRepository,
  BackupScheduleRepository,
  BackupTargetRepository,
} from '../backup/backup.repository.port.js';
import type { BackupWorkRepository } from '../backup/backup-work.repository.port.js';
import type { ContainerRepository } from '../container/container.repository.port.js';
import type {
  CertificateRepository,
  IssuingRepository,
  LeaseRepository,
} from '../certificate/certificate.repository.port.js';
import type { DomainRepository } from '../domain/domain.repository.port.js';
import type { DeploymentRepository } from '../service/deployment.repository.port.js';
import type { DiscoveryRepository } from '../discovery/discovery.repository.port.js';
import type { FileShareRepository } from '../file-share/file-share.repository.port.js';
import type { EventLog } from '../event/event-log.port.js';
import type { IdentityRepository } from '../identity/identity.repository.port.js';
import type { NetworkRepository } from '../network/network.repository.port.js';
import type { ImageWatchRepository } from '../image/image-watch.repository.port.js';
import type { NodeRepository } from '../node/node.repository.port.js';
import type { Outbox } from '../outbox/outbox.port.js';
import type { PublicIpPoolRepository, PublicIpRepository } from '../public-ip/public-ip.repository.port.js';
import type { QuotaRepository } from '../quota/quota.repository.port.js';
import type { ServiceRepository } from '../service/service.repository.port.js';
import type { StackRepository } from '../stack/stack.repository.port.js';
import type { RegistryRepository } from '../registry/registry.repository.port.js';
import type { RebalanceRepository } from '../rebalance/rebalance.repository.port.js';
import type { ReconcileRepository } from '../reconcile/reconcile.repository.port.js';
import type { RouteRepository } from '../route/route.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { TriggerRepository } from '../trigger/trigger.repository.port.js';
import type { VolumeRepository } from '../volume/volume.repository.port.js';

/** Everything one transaction can reach. Valid until the work it was given to returns. */
export interface Transaction {
  readonly stacks: StackRepository;
  readonly services: ServiceRepository;
  readonly deployments: DeploymentRepository;
  readonly containers: ContainerRepository;
  readonly networks: NetworkRepository;
  readonly nodes: NodeRepository;
  readonly volumes: VolumeRepository;
  readonly fileShares: FileShareRepository;
  readonly triggers: TriggerRepository;
  readonly registries: RegistryRepository;
  readonly imageWatches: ImageWatchRepository;
  readonly publicIps: PublicIpRepository;
  readonly publicIpPools: PublicIpPoolRepository;
  readonly discovery: DiscoveryRepository;
  readonly routes: RouteRepository;
  readonly domains: DomainRepository;
  readonly certificates: CertificateRepository;
  readonly actions: ActionRepository;
  readonly events: EventLog;
  readonly outbox: Outbox;
  readonly quotas: QuotaRepository;
  readonly identity: IdentityRepository;
  /** For the platform's own work; a tenant's transaction sees only its own rows through it. */
  readonly reconcile: ReconcileRepository;
  readonly rebalance: RebalanceRepository;
  /** For the platform’s own work. */
  readonly issuing: IssuingRepository;
  readonly leases: LeaseRepository;
  readonly backupTargets: BackupTargetRepository;
  readonly backups: BackupRepository;
  readonly backupSchedules: BackupScheduleRepository;
  readonly backupWork: BackupWorkRepository;
}

/**
 * The one transaction seam. A tenant's work runs as the tenant role with row-level security naming its
 * organization; the platform's own work (reconcilers, operators, credential look-ups) runs as the platform role.
 * The work may run again after a serialization failure, so it must not have effects outside the transaction.
 * Outbox keys written inside are relayed after the commit. Errors of the work roll everything back.
 */
export abstract class UnitOfWork {
  abstract tenant<T>(
    context: Pick<RequestContext, 'organizationId'>,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T>;
  abstract platform<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A read of one statement or several that need no common snapshot; no transaction is opened. */
  abstract tenantRead<T>(
    context: Pick<RequestContext, 'organizationId'>,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T>;
  abstract platformRead<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}
