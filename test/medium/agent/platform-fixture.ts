import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Agent, type AgentOptions } from '#apps/agent/agent.js';
import { joinPlatform } from '#apps/agent/identity/enrollment.client.js';
import type { NodeIdentity } from '#apps/agent/identity/identity.store.js';
import { MemoryStateStore } from '#apps/agent/state/memory.state-store.js';
import { image } from '#apps/agent/testing/node-fixture.js';
import { GatewayLog } from '#apps/gateway/gateway.log.js';
import { GatewayModule } from '#apps/gateway/gateway.module.js';
import { GatewayService } from '#apps/gateway/gateway.service.js';
import { GatewaySettings } from '#apps/gateway/gateway.settings.js';
import { GatewayServer } from '#apps/gateway/server/gateway.server.js';
import { AgentDirectory, WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import { EdgeDirectory } from '#libs/core/edge/edge-directory.port.js';
import { ProjectChanges } from '#libs/core/event/project-changes.port.js';
import { StorageDirectory } from '#libs/core/volume/storage-directory.port.js';
import { NetworkDirectory } from '#libs/core/network/network-directory.port.js';
import { NodeEnrollment, PlatformCertificates } from '#libs/core/node/enrollment.port.js';
import { createLog } from '#libs/platform/log.js';
import { FakeEngine, type FakeEngineOptions } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { GrpcNodeStreams } from '#libs/streams/grpc.node-streams.js';
import { FakeAgentDirectory, FakeNodeEnrollment, FakeWakeUps } from '#libs/testing/agent-directory.fake.js';
import { FakeEdgeDirectory } from '#libs/testing/edge-directory.fake.js';
import { FakeStorageDirectory } from '#libs/testing/storage-directory.fake.js';
import { FakeNetworkDirectory, FakeProjectChanges } from '#libs/testing/network-directory.fake.js';
import { FakeCertificateAuthority } from '#libs/testing/certificate-authority.fake.js';

export interface RunningGateway {
  id: string;
  address: string;
  joinAddress: string;
  app: INestApplicationContext;
}

export interface RunningAgent {
  nodeId: string;
  agent: Agent;
  engine: FakeEngine;
  identity: NodeIdentity;
}

const quick = { firstMs: 20, longestMs: 200, supersededMs: 60_000 };

/** Real gateways and agents over real mutual TLS in one process; what is behind the gateways is in memory. */
export class PlatformFixture {
  readonly directory = new FakeAgentDirectory();
  readonly wakeUps = new FakeWakeUps();
  readonly changes = new FakeProjectChanges();
  readonly networks = new FakeNetworkDirectory();
  readonly edges = new FakeEdgeDirectory();
  readonly storage = new FakeStorageDirectory();
  readonly enrollment: FakeNodeEnrollment;
  readonly gateways: RunningGateway[] = [];
  private readonly agents: Agent[] = [];
  private readonly streams: GrpcNodeStreams[] = [];

  private constructor(readonly authority: FakeCertificateAuthority) {
    this.enrollment = new FakeNodeEnrollment(this.directory, authority);
  }

  static async create(gateways: number): Promise<PlatformFixture> {
    const platform = new PlatformFixture(await FakeCertificateAuthority.create());
    for (let index = 0; index < gateways; index += 1) await platform.addGateway();
    return platform;
  }

  async addGateway(): Promise<RunningGateway> {
    const id = randomUUID();
    const settings = new GatewaySettings({
      gatewayId: id,
      host: '127.0.0.1',
      port: 0,
      joinPort: 0,
      heartbeatMs: 100,
      pollMs: 200,
      streamOpenMs: 2_000,
    });
    const ports = GatewayModule.register({
      settings,
      log: new GatewayLog(createLog('gateway', 'silent')),
      providers: [
        { provide: AgentDirectory, useValue: this.directory },
        { provide: ProjectChanges, useValue: this.changes },
        { provide: NetworkDirectory, useValue: this.networks },
        { provide: EdgeDirectory, useValue: this.edges },
        { provide: CertificateVault, useValue: new CertificateVault(Buffer.alloc(32)) },
        { provide: StorageDirectory, useValue: this.storage },
        { provide: WakeUps, useValue: this.wakeUps },
        { provide: NodeEnrollment, useValue: this.enrollment },
        { provide: PlatformCertificates, useValue: this.authority },
      ],
    });
    const app = await NestFactory.createApplicationContext(ports, { logger: false });
    const server = app.get(GatewayServer);
    const { address } = app.get(GatewayService);
    const gateway = { id, address, joinAddress: `127.0.0.1:${server.joinPort}`, app };
    this.gateways.push(gateway);
    return gateway;
  }

  gateway(index: number): RunningGateway {
    const gateway = this.gateways[index];
    if (!gateway) throw new Error(`There is no gateway ${index}.`);
    return gateway;
  }

  token(): { tokenId: string; secret: string; caFingerprint: string } {
    const token = { tokenId: randomUUID(), secret: randomUUID(), caFingerprint: this.authority.fingerprint };
    this.enrollment.tokens.set(token.tokenId, token.secret);
    return token;
  }

  async join(name = 'node-1'): Promise<NodeIdentity> {
    return joinPlatform(this.gateway(0).joinAddress, this.token(), name);
  }

  async startAgent(
    options: Partial<AgentOptions> & {
      engine?: FakeEngine;
      node?: NodeIdentity;
      programs?: FakeEngineOptions['programs'];
    },
  ): Promise<RunningAgent> {
    const identity = options.node ?? (await this.join());
    const engine =
      options.engine ?? new FakeEngine({ images: [image], ...(options.programs && { programs: options.programs }) });
    const driver: RuntimeDriver = options.driver ?? new FakeRuntime(identity.nodeId, engine);
    const agent = new Agent({
      driver,
      store: new MemoryStateStore(),
      gateways: this.gateways.map(({ address }) => address),
      identity: () => identity,
      log: createLog('agent', 'silent'),
      sessionTiming: quick,
      ...options,
    });
    this.agents.push(agent);
    await agent.start();
    return { nodeId: identity.nodeId, agent, engine, identity };
  }

  /** As the api or a worker would have it; through the given gateways, or the one that holds the node. */
  async nodeStreams(gateways?: string[]): Promise<GrpcNodeStreams> {
    const identity = await this.authority.issue('api', []);
    const streams = new GrpcNodeStreams({ directory: this.directory, identity, ...(gateways && { gateways }) });
    this.streams.push(streams);
    return streams;
  }

  /** What the fixture made later goes first. */
  async close(): Promise<void> {
    for (const streams of this.streams) streams.close();
    await Promise.all(this.agents.map((agent) => agent.stop()));
    await Promise.all(this.gateways.map(({ app }) => app.close()));
  }
}
