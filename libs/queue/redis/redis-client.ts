import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';

export interface RedisSettings {
  url: string | undefined;
  /** host:port,host:port of the sentinels. */
  sentinels: string | undefined;
  sentinelName: string;
  /** host:port,host:port of some members. */
  cluster: string | undefined;
}

const hosts = (list: string) =>
  list.split(',').map((item) => {
    const [host = '', port = ''] = item.trim().split(':');
    return { host, port: Number(port) || 6379 };
  });

/** Single, Sentinel or Cluster, as configured; waits without end for a Redis that is away, slowly at most. */
export function connectRedis(settings: RedisSettings, overrides: RedisOptions = {}): Redis | Cluster {
  const options: RedisOptions = {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
    ...overrides,
  };
  const password = settings.url ? decodeURIComponent(new URL(settings.url).password) || undefined : undefined;
  if (settings.cluster) {
    const cluster: ClusterOptions = {
      redisOptions: { ...options, password },
      clusterRetryStrategy: (times) => Math.min(100 * times, 2_000),
    };
    return new Cluster(hosts(settings.cluster), cluster);
  }
  if (settings.sentinels) {
    return new Redis({ ...options, sentinels: hosts(settings.sentinels), name: settings.sentinelName, password });
  }
  if (!settings.url) throw new Error('Set REDIS_URL, PIERHEAD_REDIS_SENTINELS or PIERHEAD_REDIS_CLUSTER.');
  return new Redis(settings.url, options);
}

/** The settings of a process's configuration. */
export const redisSettings = (config: {
  REDIS_URL?: string | undefined;
  PIERHEAD_REDIS_SENTINELS?: string | undefined;
  PIERHEAD_REDIS_SENTINEL_NAME: string;
  PIERHEAD_REDIS_CLUSTER?: string | undefined;
}): RedisSettings => ({
  url: config.REDIS_URL,
  sentinels: config.PIERHEAD_REDIS_SENTINELS,
  sentinelName: config.PIERHEAD_REDIS_SENTINEL_NAME,
  cluster: config.PIERHEAD_REDIS_CLUSTER,
});
