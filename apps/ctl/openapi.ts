// node dist/apps/ctl/openapi.js FILE: writes the management API's description. Nothing is started or connected to.
import { writeFileSync } from 'node:fs';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import { BackupCommands } from '#libs/core/backup/backup.commands.js';
import { BackupScheduleService } from '#libs/core/backup/backup-schedule.service.js';
import { BackupTargetService } from '#libs/core/backup/backup-target.service.js';
import { CertificateService } from '#libs/core/certificate/certificate.service.js';
import { ContainerCommands } from '#libs/core/container/container.commands.js';
import { ContainerQueries } from '#libs/core/container/container.queries.js';
import { StandaloneContainerCommands } from '#libs/core/container/standalone.commands.js';
import { DomainService } from '#libs/core/domain/domain.service.js';
import { FileShareCommands } from '#libs/core/file-share/file-share.commands.js';
import { ImageNotices } from '#libs/core/image/image-notices.js';
import { SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import { NetworkQueries } from '#libs/core/network/network.queries.js';
import { RebalanceService } from '#libs/core/rebalance/rebalance.service.js';
import { RouteCommands } from '#libs/core/route/route.commands.js';
import { RouteQueries } from '#libs/core/route/route.queries.js';
import { PublicIpPoolService } from '#libs/core/public-ip/public-ip-pool.service.js';
import { PublicIpService } from '#libs/core/public-ip/public-ip.service.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import { VolumeArchives } from '#libs/core/volume/volume-archives.js';
import { VolumeCommands } from '#libs/core/volume/volume.commands.js';
import { openApi } from '#libs/dialects/native/docs/open-api.js';
import { NativeModule } from '#libs/dialects/native/native.module.js';
import { NativeWorkloadModule } from '#libs/dialects/native/native-workload.module.js';
import { identityUseCases } from '#libs/identity/use-cases.js';

/** The controllers are only looked at, so nothing stands behind what they are given. */
const workload = [
  ServiceCommands,
  ServiceQueries,
  ContainerQueries,
  ContainerCommands,
  StandaloneContainerCommands,
  VolumeCommands,
  VolumeArchives,
  FileShareCommands,
  NetworkQueries,
  RouteCommands,
  RouteQueries,
  DomainService,
  CertificateService,
  ImageNotices,
  RebalanceService,
  PublicIpService,
  PublicIpPoolService,
  BackupTargetService,
  BackupCommands,
  BackupScheduleService,
  ActionCommands,
];
const standIns = [...identityUseCases.map(({ provide }) => provide), SigningKeys, ...workload].map((provide) => ({
  provide,
  useValue: null,
}));

@Global()
@Module({ providers: standIns, exports: standIns.map(({ provide }) => provide) })
class StandInModule {}

@Module({ imports: [StandInModule, NativeModule, NativeWorkloadModule] })
class DescribedModule {}

const file = process.argv[2] ?? 'docs/api/openapi.json';
const app = await NestFactory.create(DescribedModule, new FastifyAdapter(), {
  preview: true,
  logger: ['error'],
  abortOnError: false,
});
writeFileSync(file, `${JSON.stringify(await openApi(app), null, 2)}\n`);
