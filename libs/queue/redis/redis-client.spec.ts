import type { Cluster, Redis } from 'ioredis';
import { connectRedis, type RedisSettings } from './redis-client.js';

const none: RedisSettings = { url: undefined, sentinels: undefined, sentinelName: 'pierhead', cluster: undefined };
const quiet = { lazyConnect: true };

describe('connectRedis', () => {
  it('takes address, account and number of the database from the URL', () => {
    const client = connectRedis({ ...none, url: 'redis://app:a%20word@redis:7000/3' }, quiet) as Redis;
    expect(client.options).toMatchObject({ host: 'redis', port: 7000, username: 'app', password: 'a word', db: 3 });
  });

  it('asks the sentinels for the master and takes the account from the URL', () => {
    const sentinels = 'one:26379, 10.0.0.2:26380,[::1]:26381,three';
    const client = connectRedis({ ...none, url: 'rediss://app:a%20word@ignored', sentinels }, quiet) as Redis;
    expect(client.options).toMatchObject({
      sentinels: [
        { host: 'one', port: 26379 },
        { host: '10.0.0.2', port: 26380 },
        { host: '::1', port: 26381 },
        { host: 'three', port: 6379 },
      ],
      ...{ name: 'pierhead', username: 'app', password: 'a word', tls: {}, enableTLSForSentinelMode: true },
    });
    client.disconnect();
  });

  it('needs no URL beside sentinels or a cluster, but one of the three', () => {
    const client = connectRedis({ ...none, sentinels: 'one:26379' }, quiet) as Redis;
    expect(client.options.password ?? null).toBeNull();
    client.disconnect();
    expect(() => connectRedis(none)).toThrow(/REDIS_URL/);
  });

  it('gives each member of a cluster the account', () => {
    const cluster = connectRedis({ ...none, url: 'redis://:word@ignored', cluster: '127.0.0.1:1' }) as Cluster;
    cluster.on('error', () => undefined);
    expect(cluster.isCluster).toBe(true);
    expect(cluster.options.redisOptions).toMatchObject({ password: 'word', maxRetriesPerRequest: null });
    cluster.disconnect();
  });

  it('waits longer from try to try, two seconds at most, without end', () => {
    const client = connectRedis({ ...none, url: 'redis://redis' }, quiet) as Redis;
    const waits = [1, 2, 3, 10, 100_000].map((times) => client.options.retryStrategy?.(times));
    expect(waits).toEqual([100, 200, 400, 2_000, 2_000]);
    expect(client.options.maxRetriesPerRequest).toBeNull();
  });
});
