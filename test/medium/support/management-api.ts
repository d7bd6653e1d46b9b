import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { RateLimiter } from '#libs/core/identity/rate-limiter.port.js';
import { Bootstrap, type Bootstrapped } from '#libs/core/identity/bootstrap.js';
import { PasswordHasher } from '#libs/core/identity/password-hasher.port.js';
import { AuthorityPin } from '#libs/core/node/enrollment.port.js';
import { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { KitModule } from '#libs/dialects/kit/kit.module.js';
import { NativeModule } from '#libs/dialects/native/native.module.js';
import { NativeErrors } from '#libs/dialects/native/refusal/native.errors.js';
import { IdentityModule } from '#libs/identity/identity.module.js';
import { RedisRateLimiter } from '#libs/identity/rate/redis.rate-limiter.js';
import { Clock, SystemClock } from '#libs/platform/clock.js';
import { createLog } from '#libs/platform/log.js';
import { CredentialListenerModule } from '#libs/store/identity/credential-listener.module.js';
import { StoreModule } from '#libs/store/store.module.js';
import type { TestDatabase } from '../../support/database.js';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

export interface CallOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Value of the Authorization header; a bare API key or token is sent as Bearer. */
  as?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

@Global()
@Module({
  providers: [
    { provide: Clock, useFactory: () => new SystemClock() },
    { provide: RateLimiter, useFactory: () => new RedisRateLimiter(null, 'test') },
  ],
  exports: [Clock, RateLimiter],
})
class PartsModule {}

export interface ApiSettings {
  requestsPerMinute?: number;
  accessSeconds?: number;
}

/** One API process with the management API on it, over a real database. */
export class ManagementApi {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
  ) {}

  static async start(database: TestDatabase, settings: ApiSettings = {}): Promise<ManagementApi> {
    const log = createLog('test', 'silent');
    const truth = { databaseUrl: database.url, masterKey: database.masterKey };
    const store = StoreModule.forRoot({ ...truth, poolSize: 4, applicationName: 'test' });
    const credentials = CredentialListenerModule.forRoot({ ...truth, log });
    const identity = IdentityModule.forRoot({
      masterKey: database.masterKey,
      accessSeconds: settings.accessSeconds ?? 900,
      refreshSeconds: 3600,
      log,
      imports: [store, credentials],
    });
    const native = new NativeErrors();
    const kit = KitModule.forRoot({
      log,
      errors: [native],
      fallback: native,
      requestsPerMinute: settings.requestsPerMinute ?? 1_000_000,
      imports: [identity, store],
    });
    @Module({ imports: [PartsModule, store, credentials, identity, kit, NativeModule] })
    class TestApi {}
    const adapter = new FastifyAdapter({ bodyLimit: 256 * 1024 });
    const app = await NestFactory.create<NestFastifyApplication>(TestApi, adapter, {
      logger: false,
      abortOnError: false,
    });
    await app.listen(0, '127.0.0.1');
    return new ManagementApi(app, await app.getUrl());
  }

  bootstrap(): Promise<Bootstrapped> {
    const [work, clock, passwords, pin] = [UnitOfWork, Clock, PasswordHasher, AuthorityPin].map((token) =>
      this.app.get(token as never, { strict: false }),
    ) as [UnitOfWork, Clock, PasswordHasher, AuthorityPin];
    return new Bootstrap(work, clock, passwords, pin).run({ organization: 'harbor', user: 'admin' }, false);
  }

  async call(path: string, options: CallOptions = {}): Promise<Answer> {
    const { as, body } = options;
    const authorization = as === undefined ? undefined : as.includes(' ') ? as : `Bearer ${as}`;
    const response = await fetch(`${this.url}${path}`, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}
