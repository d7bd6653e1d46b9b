import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisRateLimiter } from '#libs/identity/rate/redis.rate-limiter.js';
import { until } from './world.js';

const prefix = `test-${randomBytes(4).toString('hex')}`;

const isRefused = (work: () => void): boolean => {
  try {
    work();
    return false;
  } catch {
    return true;
  }
};

it('counts what several processes let through together', async () => {
  const redis = new Redis(process.env.TEST_REDIS_URL ?? '');
  try {
    const [one, two] = [new RedisRateLimiter(redis, prefix), new RedisRateLimiter(redis, prefix)];
    const counted = async () => Number(await redis.get(`${prefix}:rate:key`));
    for (let i = 0; i < 6; i++) one.take('key', 10);
    await until(async () => (await counted()) === 6);
    for (let i = 0; i < 4; i++) two.take('key', 10);
    await until(async () => (await counted()) === 10);
    // The first learns of the second's calls with its next one, and lets no more through then.
    one.take('key', 10);
    await until(async () => (await counted()) === 11);
    await until(() => Promise.resolve(isRefused(() => one.take('key', 10))));
    expect(await counted()).toBeLessThan(15);
  } finally {
    redis.disconnect();
  }
});

it('goes on alone, and exactly, without Redis', () => {
  const redis = new Redis('redis://127.0.0.1:1', { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  const limiter = new RedisRateLimiter(redis, prefix);
  for (let i = 0; i < 5; i++) limiter.take('key', 5);
  expect(() => limiter.take('key', 5)).toThrow('At most 5 requests a minute');
  redis.disconnect();
});
