import { Module } from '@nestjs/common';
import { ActionController } from './audit/action.controller.js';
import { BackupController } from './backup/backup.controller.js';
import { BackupScheduleController } from './backup/backup-schedule.controller.js';
import { BackupTargetController } from './backup/backup-target.controller.js';
import { ContainerController } from './container/container.controller.js';
import { FileShareController } from './file-share/file-share.controller.js';
import { FileShareFlavourController } from './file-share/flavour.controller.js';
import { ImageNoticeController } from './image/image-notice.controller.js';
import { NetworkController } from './network/network.controller.js';
import { CertificateController } from './certificate/certificate.controller.js';
import { DomainController } from './domain/domain.controller.js';
import { PublicIpController } from './public-ip/public-ip.controller.js';
import { PublicIpPoolController } from './public-ip/public-ip-pool.controller.js';
import { RouteController } from './route/route.controller.js';
import { ClusterRebalanceController } from './rebalance/cluster-rebalance.controller.js';
import { RebalanceController } from './rebalance/rebalance.controller.js';
import { ServiceController } from './service/service.controller.js';
import { VolumeArchiveController } from './volume/archive.controller.js';
import { VolumeController } from './volume/volume.controller.js';

/** What tenants run, under /api/v1. Its use cases come from modules that are global in the process. */
@Module({
  controllers: [
    ServiceController,
    ContainerController,
    NetworkController,
    VolumeController,
    VolumeArchiveController,
    FileShareController,
    FileShareFlavourController,
    BackupTargetController,
    BackupController,
    BackupScheduleController,
    ActionController,
    RouteController,
    DomainController,
    CertificateController,
    ImageNoticeController,
    RebalanceController,
    ClusterRebalanceController,
    PublicIpController,
    PublicIpPoolController,
  ],
})
export class NativeWorkloadModule {}
