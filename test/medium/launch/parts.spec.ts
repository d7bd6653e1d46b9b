import { jest } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { freePort } from '#libs/launch/ports/port.js';
import { PostgresPart } from '#libs/launch/postgres/postgres.part.js';
import { RedisPart } from '#libs/launch/redis/redis.part.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';

// real: postgres, redis
jest.setTimeout(60_000);

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('parts on this machine', () => {
  let state: StateFolder;

  beforeEach(() => {
    state = new StateFolder(mkdtempSync(join(tmpdir(), 'pierhead-launch-')));
    state.make();
  });
  afterEach(() => state.remove());

  it('keeps PostgreSQL’s data through a stop and through kill -9', async () => {
    const postgres = new PostgresPart(state, { port: await freePort() });
    try {
      await postgres.start();
      await query(postgres.url(), 'CREATE TABLE kept (word text)');
      await query(postgres.url(), "INSERT INTO kept VALUES ('stop')");
      await postgres.stop();
      expect((await postgres.status()).state).toBe('stopped');

      await postgres.start();
      await query(postgres.url(), "INSERT INTO kept VALUES ('kill')");
      const { pid } = await postgres.status();
      process.kill(pid as number, 'SIGKILL');

      // Another object, as another process would have it.
      const again = new PostgresPart(state, { port: Number(new URL(postgres.url()).port) });
      await again.start();
      expect(await query(again.url(), 'SELECT word FROM kept ORDER BY word')).toEqual([
        { word: 'kill' },
        { word: 'stop' },
      ]);
    } finally {
      await postgres.stop();
    }
  });

  it('keeps Redis’s data and lets nobody in without the password', async () => {
    const port = await freePort();
    const redis = new RedisPart(state, { port });
    const client = () => new Redis(redis.url(), { retryStrategy: () => null });
    try {
      await redis.start();
      const first = client();
      await first.set('word', 'kept');
      first.disconnect();
      await redis.stop();
      await redis.start();
      const second = client();
      expect(await second.get('word')).toBe('kept');
      second.disconnect();
      const stranger = new Redis(`redis://127.0.0.1:${port}`, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
      stranger.on('error', () => undefined);
      await expect(stranger.get('word')).rejects.toThrow(/NOAUTH/);
      stranger.disconnect();
    } finally {
      await redis.stop();
    }
  });
});
