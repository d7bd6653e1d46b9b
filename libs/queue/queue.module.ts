import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import type { Log } from '#libs/platform/log.js';
import { connectRedis, type RedisSettings } from './redis/redis-client.js';
import { RedisWakeUps } from './redis/redis.wake-ups.js';
import { RedisWatch } from './redis/redis.watch.js';

export interface QueueOptions {
  redis: RedisSettings;
  prefix: string;
  log: Log;
}

/** The connections of one process, closed with it. */
export class RedisConnections implements OnApplicationShutdown {
  readonly commands: Redis | Cluster;
  readonly subscriber: Redis | Cluster;
  private readonly watch: RedisWatch;

  constructor(settings: RedisSettings, log: Log) {
    this.commands = connectRedis(settings);
    this.subscriber = connectRedis(settings);
    this.watch = new RedisWatch([this.commands, this.subscriber], log);
  }

  onApplicationShutdown(): void {
    this.watch.close();
    this.commands.disconnect();
    this.subscriber.disconnect();
  }
}

/**
 * Redis behind the core's ports: wake-ups and notices of commits. The queue of keys is provided by the worker alone:
 * its library is seven megabytes of a process's memory.
 */
@Module({})
export class QueueModule {
  static forRoot(options: QueueOptions): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      providers: [
        { provide: RedisConnections, useFactory: () => new RedisConnections(options.redis, options.log) },
        {
          provide: RedisWakeUps,
          inject: [RedisConnections],
          useFactory: (redis: RedisConnections) =>
            new RedisWakeUps(redis.commands, redis.subscriber, options.prefix, options.log),
        },
        { provide: WakeUps, useExisting: RedisWakeUps },
        { provide: CommitNotices, useExisting: RedisWakeUps },
      ],
      exports: [RedisConnections, RedisWakeUps, WakeUps, CommitNotices],
    };
  }
}
