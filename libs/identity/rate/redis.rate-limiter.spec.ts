import { DomainError } from '#libs/domain/error.js';
import { RedisRateLimiter } from './redis.rate-limiter.js';

const refusal = (work: () => void): DomainError | null => {
  try {
    work();
    return null;
  } catch (error) {
    return error as DomainError;
  }
};

it('lets a key’s minute through and says when the next one begins', () => {
  const limiter = new RedisRateLimiter(null, 'test');
  const left = [1, 2, 3].map(() => limiter.take('key', 3).remaining);
  expect(left).toEqual([2, 1, 0]);
  const refused = refusal(() => limiter.take('key', 3));
  expect(refused?.code).toBe('rate-limited');
  expect(refused?.detail.limitPerMinute).toBe(3);
  expect(refused?.detail.retryAfterSeconds).toBeGreaterThan(0);
  expect(refused?.detail.retryAfterSeconds).toBeLessThanOrEqual(60);
  expect(refusal(() => limiter.take('another', 3))).toBeNull();
});
