import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BackupModule } from '#apps/api/backup.module.js';
import { CoreModule } from '#apps/api/core.module.js';
import { ImageModule } from '#apps/api/image.module.js';
import { RouteModule } from '#apps/api/route.module.js';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { Bootstrap, type Bootstrapped } from '#libs/core/identity/bootstrap.js';
import { PasswordHasher } from '#libs/core/identity/password-hasher.port.js';
import { RateLimiter } from '#libs/core/identity/rate-limiter.port.js';
import { AuthorityPin } from '#libs/core/node/enrollment.port.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { ShareObjects } from '#libs/core/stream/share-objects.port.js';
import { NodeStreams } from '#libs/core/stream/node-streams.port.js';
import { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { DockerCloudModule } from '#libs/dialects/docker-cloud/docker-cloud.module.js';
import { rewriteDockerCloudUrl } from '#libs/dialects/docker-cloud/http/docker-cloud.url.js';
import { allowEmptyBodies } from '#libs/dialects/docker-cloud/http/empty-body.js';
import { takeTriggerBodies } from '#libs/dialects/docker-cloud/http/trigger-body.js';
import { DockerCloudErrors } from '#libs/dialects/docker-cloud/refusal/docker-cloud.errors.js';
import { DockerCloudStreams } from '#libs/dialects/docker-cloud/stream/docker-cloud.streams.js';
import { KitModule } from '#libs/dialects/kit/kit.module.js';
import { MstudioModule } from '#libs/dialects/mstudio/mstudio.module.js';
import { MstudioErrors } from '#libs/dialects/mstudio/refusal/mstudio.errors.js';
import { NativeWorkloadModule } from '#libs/dialects/native/native-workload.module.js';
import { NativeModule } from '#libs/dialects/native/native.module.js';
import { NativeErrors } from '#libs/dialects/native/refusal/native.errors.js';
import { IdentityModule } from '#libs/identity/identity.module.js';
import { RedisRateLimiter } from '#libs/identity/rate/redis.rate-limiter.js';
import { networkPool } from '#libs/domain/network/network-pool.js';
import { Clock } from '#libs/platform/clock.js';
import { createLog } from '#libs/platform/log.js';
import { CredentialListenerModule } from '#libs/store/identity/credential-listener.module.js';
import { StoreModule } from '#libs/store/store.module.js';
import type { TestDatabase } from '../../../support/database.js';
import { Plane } from '../../../medium/reconcile/plane.js';
import {
  fakeNodeStreams,
  LocalNotices,
  LocalWakeUps,
  ShareObjectsOfNobody,
  type FakeNodeStreams,
} from './local-parts.js';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

export interface Tenant {
  organizationId: string;
  projectId: string;
  namespace: string;
  user: string;
  apiKey: string;
}

export interface CloudOptions {
  /** That may be asked although they are in an inner network. */
  trustedRegistries?: readonly string[];
  /** That proofs of domains are looked up at. */
  dnsServers?: readonly string[];
  /** The issuer of certificates; there is none unless given. Nobody asks it here. */
  acmeDirectory?: string;
  /** Calls of one caller; as good as without limit unless given. */
  requestsPerMinute?: number;
}

const bodyLimit = 1024 * 1024;

/**
 * The API over a real database, with the real control plane behind it and nodes that obey in memory: `settle` lets
 * everything come to rest. Real: PostgreSQL, HTTP, websockets. Fake: nodes, their streams, Redis.
 */
export class Cloud {
  private constructor(
    readonly plane: Plane,
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly streams: FakeNodeStreams,
    private readonly operator: Bootstrapped,
  ) {}

  static async open(options: CloudOptions = {}): Promise<Cloud> {
    const plane = await Plane.create();
    const streams = fakeNodeStreams();
    const app = await compose(plane['database'], plane.clock, streams, options);
    await app.listen(0, '127.0.0.1');
    const [work, clock, passwords, pin] = [UnitOfWork, Clock, PasswordHasher, AuthorityPin].map((token) =>
      app.get(token as never, { strict: false }),
    ) as [UnitOfWork, Clock, PasswordHasher, AuthorityPin];
    const bootstrap = new Bootstrap(work, clock, passwords, pin);
    const operator = await bootstrap.run({ organization: 'harbor', user: 'admin' }, false);
    return new Cloud(plane, app, await app.getUrl(), streams, operator);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.plane.close();
  }

  /** A new organization with a project of the same name and its owner's key. */
  async tenant(name: string): Promise<Tenant> {
    const body = { name, owner: { name: `${name}-owner`, password: 'a long password' } };
    const answer = await this.native('/api/v1/organizations', this.operator.apiKey ?? '', body);
    const made = answer.body as {
      organization: { id: string };
      project: { id: string; namespace: string };
      apiKey: string;
    };
    return {
      organizationId: made.organization.id,
      projectId: made.project.id,
      namespace: made.project.namespace,
      user: `${name}-owner`,
      apiKey: made.apiKey,
    };
  }

  async key(tenant: Tenant, wish: Record<string, unknown>): Promise<{ id: string; secret: string }> {
    const path = `/api/v1/organizations/${tenant.organizationId}/api-keys`;
    const answer = await this.native(path, tenant.apiKey, { name: 'key', ...wish });
    return answer.body as { id: string; secret: string };
  }

  async limit(tenant: Tenant, limits: Record<string, number>): Promise<void> {
    for (const [resource, limit] of Object.entries(limits)) {
      await this.plane.work.platform((tx) =>
        tx.quotas.setLimit(tenant.organizationId, tenant.projectId, resource as 'services', limit),
      );
    }
  }

  private async native(path: string, key: string, body: unknown): Promise<Answer> {
    const answer = await this.send('POST', path, { authorization: `Bearer ${key}` }, body);
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer;
  }

  /** One call, as a client of the API makes it. */
  call(
    tenant: Tenant,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.send(method, path, { authorization: basic(tenant), accept: 'application/json', ...headers }, body);
  }

  async send(method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }
}

export const basic = ({ user, apiKey }: Pick<Tenant, 'user' | 'apiKey'>): string =>
  `Basic ${Buffer.from(`${user}:${apiKey}`).toString('base64')}`;

async function compose(
  database: TestDatabase,
  clock: Clock,
  streams: FakeNodeStreams,
  { trustedRegistries = [], dnsServers = [], acmeDirectory, requestsPerMinute = 1_000_000 }: CloudOptions,
): Promise<NestFastifyApplication> {
  const log = createLog('test', 'silent');
  const wakeUps = new LocalWakeUps();
  @Global()
  @Module({
    providers: [
      { provide: Clock, useValue: clock },
      { provide: RateLimiter, useFactory: () => new RedisRateLimiter(null, 'test') },
      { provide: RegistryVault, useValue: new RegistryVault(database.masterKey) },
      { provide: WakeUps, useValue: wakeUps },
      { provide: CommitNotices, useValue: new LocalNotices(wakeUps) },
      { provide: NodeStreams, useValue: streams },
      { provide: ShareObjects, useValue: new ShareObjectsOfNobody() },
    ],
    exports: [Clock, RateLimiter, RegistryVault, WakeUps, CommitNotices, NodeStreams, ShareObjects],
  })
  class LocalParts {}
  const truth = { databaseUrl: database.url, masterKey: database.masterKey };
  const store = StoreModule.forRoot({ ...truth, poolSize: 4, applicationName: 'test', imports: [LocalParts] });
  const credentials = CredentialListenerModule.forRoot({ ...truth, log });
  const identity = IdentityModule.forRoot({
    masterKey: database.masterKey,
    accessSeconds: 900,
    refreshSeconds: 3600,
    log,
    imports: [store, credentials],
  });
  @Global()
  @Module({ imports: [store], exports: [store] })
  class GlobalStore {}
  const native = new NativeErrors();
  @Module({
    imports: [
      LocalParts,
      GlobalStore,
      credentials,
      identity,
      CoreModule.forRoot({ networkPool: networkPool('10.64.0.0/10', 22), allowHostAccess: false, log }),
      KitModule.forRoot({
        log,
        errors: [native, new DockerCloudErrors(), new MstudioErrors()],
        fallback: native,
        requestsPerMinute,
        imports: [identity],
      }),
      NativeModule,
      NativeWorkloadModule,
      BackupModule.forRoot({
        PIERHEAD_MASTER_KEY_FILE: Buffer.from(database.masterKey),
        PIERHEAD_BACKUP_DEADLINE_MS: 3_600_000,
        PIERHEAD_INNER_BACKUP_STORES: [],
      }),
      ImageModule.forRoot({ trustedRegistries }),
      RouteModule.forRoot({
        PIERHEAD_DEFAULT_DOMAIN: 'apps.test',
        PIERHEAD_EDGE_TCP_PORTS: { from: 20_000, to: 20_099 },
        PIERHEAD_ACME_DIRECTORY: acmeDirectory,
        PIERHEAD_MASTER_KEY_FILE: database.masterKey,
        PIERHEAD_DNS_SERVERS: [...dnsServers],
        PIERHEAD_INNER_PROOFS: false,
      }),
      MstudioModule.forRoot({ patienceMs: 300 }),
      DockerCloudModule.forRoot({
        platformDomain: 'cloud.example',
        publicUrl: 'https://api.cloud.example',
        log,
        streams: { pingMs: 100, stallMs: 400, highWaterBytes: 64 * 1024 },
      }),
    ],
  })
  class TestApi {}
  const adapter = new FastifyAdapter({
    bodyLimit,
    rewriteUrl: (request: IncomingMessage) => rewriteDockerCloudUrl(request.url ?? '/'),
  });
  allowEmptyBodies(adapter.getInstance());
  takeTriggerBodies(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(TestApi, adapter, {
    logger: false,
    abortOnError: false,
  });
  const upgrades = app.get(DockerCloudStreams, { strict: false });
  app.getHttpServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!upgrades.handle(request, socket, head)) socket.destroy();
  });
  return app;
}
