import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BackupStore } from '#libs/core/backup/backup-store.port.js';

const signal = () => AbortSignal.timeout(20_000);
const large = 20 * 1024 * 1024;

async function keysOf(store: BackupStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, signal())) keys.push(key);
  return keys.sort();
}

/** What every store of backups does. `halves` counts what was begun there and is neither finished nor gone. */
export function backupStoreHarness(open: () => Promise<{ store: BackupStore; halves: () => number }>): void {
  let store: BackupStore;
  let halves: () => number;
  beforeEach(async () => {
    ({ store, halves } = await open());
  });
  afterEach(() => store.close());
  const tidied = async () => {
    for (const deadline = Date.now() + 10_000; halves() > 0;) {
      if (Date.now() > deadline) throw new Error('What was begun is still there.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const put = (key: string, content: Readable, expectedBytes = 0) =>
    store.put(key, content, { signal: signal(), expectedBytes });
  const chunks = (bytes: Buffer) =>
    Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000);
      })(),
      { objectMode: false },
    );

  it.each([0, 1, 100_000, large])('gives back %i bytes as they were', async (size) => {
    const bytes = randomBytes(size);
    await put('a/one', chunks(bytes));
    const read = await buffer(await store.get('a/one', signal()));
    expect(read.equals(bytes)).toBe(true);
    await tidied();
  });

  it('replaces what was there', async () => {
    await put('a/one', chunks(Buffer.from('first')));
    await put('a/one', chunks(Buffer.from('second')));
    expect((await buffer(await store.get('a/one', signal()))).toString()).toBe('second');
    expect(await keysOf(store, 'a/')).toEqual(['a/one']);
  });

  it('lists what is below a prefix, and clears that only', async () => {
    const keys = ['a/1', 'a/2', 'a/b/3', 'a/b/c/4', 'ab/5'];
    for (const key of keys) await put(key, chunks(Buffer.from(key)));
    expect(await keysOf(store, 'a/')).toEqual(keys.slice(0, 4));
    await store.clear('a/b/', signal());
    expect(await keysOf(store, '')).toEqual(['a/1', 'a/2', 'ab/5']);
    await store.clear('nowhere/', signal());
    await store.clear('a/', signal());
    expect(await keysOf(store, '')).toEqual(['ab/5']);
  });

  it('says that there is no such object', async () => {
    await expect(store.get('a/none', signal())).rejects.toMatchObject({ code: 'not-found' });
  });

  it.each([1, 12 * 1024 * 1024])('keeps nothing of what breaks off after %i bytes, and says why', async (size) => {
    const breaking = Readable.from(
      (function* () {
        yield Buffer.alloc(size, 1);
        throw new Error('The source broke off.');
      })(),
      { objectMode: false },
    );
    await expect(put('a/half', breaking)).rejects.toThrow('The source broke off.');
    expect(await keysOf(store, '')).toEqual([]);
    await tidied();
  });

  it('keeps nothing of what is given up, and lets go of the source', async () => {
    const giving = new AbortController();
    let given = 0;
    const endless = new Readable({
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536, 2));
        if (given === 12 * 1024 * 1024) giving.abort(new Error('Nobody wants it.'));
      },
    });
    await expect(store.put('a/endless', endless, { signal: giving.signal, expectedBytes: 0 })).rejects.toThrow(
      'Nobody wants it.',
    );
    expect(endless.destroyed).toBe(true);
    expect(await keysOf(store, '')).toEqual([]);
    await tidied();
  });
}
