import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AgentDirectory } from '#libs/core/agent/agent-directory.port.js';
import { PlatformCertificates } from '#libs/core/node/enrollment.port.js';
import type { Log } from '#libs/platform/log.js';
import { EdgeBoard } from './edge/edge.board.js';
import { GatewayLog } from './gateway.log.js';
import { GatewaySettings } from './gateway.settings.js';
import { NetworkBoard } from './network/network.board.js';
import { ProjectFollower } from './network/project.follower.js';
import { GatewayServer } from './server/gateway.server.js';
import { SessionRegistry } from './session/session.registry.js';
import { GatewayPeers } from './stream/gateway.peers.js';

const closeWithinMs = 3_000;

/** A gateway's life: certificate, ports, announcement; at the end sessions first, so that agents move on. */
@Injectable()
export class GatewayService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log: Log;
  private timer: NodeJS.Timeout | undefined;
  private announced = false;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly directory: AgentDirectory,
    private readonly certificates: PlatformCertificates,
    private readonly server: GatewayServer,
    private readonly sessions: SessionRegistry,
    private readonly peers: GatewayPeers,
    private readonly follower: ProjectFollower,
    private readonly networks: NetworkBoard,
    private readonly edges: EdgeBoard,
    { log }: GatewayLog,
  ) {
    this.log = log;
  }

  /** host:port that the directory knows this gateway by. */
  get address(): string {
    return this.settings.advertise ?? `127.0.0.1:${this.server.port}`;
  }

  get problems(): string[] {
    return this.announced ? [] : ['The gateway could not announce itself.'];
  }

  async onModuleInit(): Promise<void> {
    const certificate = await this.certificates.issue('gateway', this.settings.names);
    this.peers.use(certificate);
    this.follower.start();
    this.networks.start();
    this.sessions.start();
    await this.server.listen(certificate);
    await this.announce();
    this.timer = setInterval(() => void this.announce(), this.settings.announceMs);
    this.log.info({ address: this.address, joinPort: this.server.joinPort }, 'The gateway listens.');
  }

  /** Before the store and the queue close, which are needed to say that the sessions ended. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.networks.stop();
    this.edges.stop();
    this.follower.stop();
    await this.sessions.drain();
    this.peers.close();
    await this.server.close(closeWithinMs);
  }

  private async announce(): Promise<void> {
    try {
      await this.directory.announceGateway(this.settings.gatewayId, this.address);
      this.announced = true;
    } catch (error) {
      this.announced = false;
      this.log.warn({ err: error }, 'The gateway could not announce itself.');
    }
  }
}
