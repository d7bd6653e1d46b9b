import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { EdgeBoard } from './edge/edge.board.js';
import { EnrollmentHandler } from './enrollment/enrollment.handler.js';
import { GatewayLog } from './gateway.log.js';
import { GatewayService } from './gateway.service.js';
import { GatewaySettings } from './gateway.settings.js';
import { NetworkBoard } from './network/network.board.js';
import { ProjectFollower } from './network/project.follower.js';
import { GatewayServer } from './server/gateway.server.js';
import { SessionParts, type SessionPart } from './session/session.part.js';
import { SessionRegistry } from './session/session.registry.js';
import { GatewayPeers } from './stream/gateway.peers.js';
import { PendingStreams } from './stream/pending-streams.js';
import { StreamBroker } from './stream/stream.broker.js';
import { StorageBoard } from './storage/storage.board.js';
import { StreamRelay } from './stream/stream.relay.js';

export interface GatewayModuleOptions {
  settings: GatewaySettings;
  log: GatewayLog;
  /** Modules that give AgentDirectory, ProjectChanges, NetworkDirectory, EdgeDirectory, StorageDirectory, CertificateVault, WakeUps, NodeEnrollment and PlatformCertificates. */
  imports?: NonNullable<ModuleMetadata['imports']>;
  /** The same ports, given directly. */
  providers?: NonNullable<ModuleMetadata['providers']>;
}

@Module({})
export class GatewayModule {
  static register({ settings, log, imports = [], providers = [] }: GatewayModuleOptions): DynamicModule {
    return {
      module: GatewayModule,
      imports,
      providers: [
        ...providers,
        { provide: GatewaySettings, useValue: settings },
        { provide: GatewayLog, useValue: log },
        PendingStreams,
        ProjectFollower,
        NetworkBoard,
        EdgeBoard,
        StorageBoard,
        {
          provide: SessionParts,
          inject: [NetworkBoard, EdgeBoard, StorageBoard],
          useFactory: (...parts: SessionPart[]) => new SessionParts(parts),
        },
        SessionRegistry,
        StreamBroker,
        StreamRelay,
        GatewayPeers,
        EnrollmentHandler,
        GatewayServer,
        GatewayService,
      ],
    };
  }
}
