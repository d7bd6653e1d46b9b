import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';

export interface RedisSettings {
  url: string | undefined;
  /** host:port,host:port of the sentinels. */
  sentinels: string | undefined;
  sentinelName: string;
  /** host:port,host:port of some members. */
  cluster: string | undefined;
}

/** host:port pairs; an IPv6 address stands in brackets, a port that is left out is 6379. */
const hosts = (list: string) =>
  list.split(',').map((item) => {
    const { hostname, port } = new URL(`redis://${item.trim()}`);
    return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || 6379 };
  });

/** What the URL says beside the address, for a Redis whose address is found otherwise. */
function credentials(url: string | undefined): RedisOptions {
  if (!url) return {};
  const { username, password, protocol } = new URL(url);
  return {
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    ...(protocol === 'rediss:' ? { tls: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** Single, Sentinel or Cluster, as configured; waits without end for a Redis that is away, slowly at most. */
export function connectRedis(settings: RedisSettings, overrides: RedisOptions = {}): Redis | Cluster {
  const options: RedisOptions = {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
    // A master that became a replica under an open connection: find the new one and send the command again.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...overrides,
  };
  if (settings.cluster) {
    const cluster: ClusterOptions = {
      redisOptions: { ...options, ...credentials(settings.url) },
      clusterRetryStrategy: (times) => Math.min(100 * times, 2_000),
    };
    return new Cluster(hosts(settings.cluster), cluster);
  }
  if (settings.sentinels) {
    const sentinels = hosts(settings.sentinels);
    return new Redis({ ...options, ...credentials(settings.url), sentinels, name: settings.sentinelName });
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
