import { redisConfiguration } from './redis.part.js';

describe('redisConfiguration', () => {
  it('keeps every job, behind a password, on the loopback address', () => {
    const lines = redisConfiguration({ port: 7379, folder: '/data', password: 'word' }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['bind 127.0.0.1', 'requirepass word', 'maxmemory-policy noeviction', 'appendonly yes']),
    );
  });

  it('writes nothing to the disk when it need not last', () => {
    const lines = redisConfiguration({ port: 1, folder: '/data', password: 'word', durable: false }).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['appendonly no', 'save ""']));
  });
});
