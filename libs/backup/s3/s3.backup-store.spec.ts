import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { S3Settings } from '#libs/domain/backup/target.js';
import { FakeS3Server } from '#libs/testing/s3/s3-server.fake.js';
import { backupStoreHarness } from '../testing/backup-store.harness.js';
import { S3BackupStore } from './s3.backup-store.js';

let server: FakeS3Server;
beforeAll(async () => {
  server = await FakeS3Server.start();
});
afterEach(() => {
  server.objects.clear();
  server.uploads.clear();
  server.calls.length = 0;
  server.fault = () => null;
});
afterAll(() => server.stop());

const open = (changes: Partial<S3Settings> & { secret?: string } = {}, trusted = [server.host], answerMs = 5_000) => {
  const { secretAccessKey, ...settings } = server.target;
  const { secret = secretAccessKey, ...others } = changes;
  return new S3BackupStore({ ...settings, ...others }, secret, { trusted, timeouts: { connectMs: 2_000, answerMs } });
};
const signal = () => AbortSignal.timeout(20_000);
const put = (store: S3BackupStore, bytes = 10) =>
  store.put('a/b', Readable.from([Buffer.alloc(bytes)], { objectMode: false }), { signal: signal(), expectedBytes: 0 });

describe('a bucket', () =>
  backupStoreHarness(() => Promise.resolve({ store: open(), halves: () => server.uploads.size })));
describe('what is below a prefix of a bucket', () => {
  backupStoreHarness(() => Promise.resolve({ store: open({ prefix: 'deep/er' }), halves: () => server.uploads.size }));
  it('is all that is touched', async () => {
    server.objects.set('deep/other', Buffer.alloc(1));
    const store = open({ prefix: 'deep/er' });
    await put(store);
    expect(server.keysBelow('')).toEqual(['deep/er/a/b', 'deep/other']);
    await store.clear('', signal());
    expect(server.keysBelow('')).toEqual(['deep/other']);
  });
});

describe('what a store says no with', () => {
  it.each([
    [{ secret: 'another' }, 'secretAccessKey', 'SignatureDoesNotMatch'],
    [{ accessKeyId: 'nobody' }, 'accessKeyId', 'InvalidAccessKeyId'],
    [{ bucket: 'absent' }, 'bucket', 'has no bucket "absent"'],
    [{ region: 'elsewhere-1' }, 'secretAccessKey', 'SignatureDoesNotMatch'],
  ])('names the field: %j', async (changes, field, text) => {
    const refused = put(open(changes));
    await expect(refused).rejects.toMatchObject({ code: 'invalid', detail: { field } });
    await expect(refused).rejects.toThrow(text);
  });

  it('is tried again when it may pass, and is `unavailable` when it does not', async () => {
    let left = 2;
    server.fault = ({ method }) => (method === 'PUT' && left-- > 0 ? 503 : null);
    await put(open());
    expect(server.keysBelow('')).toEqual(['a/b']);
    server.fault = () => 500;
    await expect(put(open())).rejects.toMatchObject({ code: 'unavailable' });
    server.fault = () => 'hang';
    await expect(put(open({}, [server.host], 200))).rejects.toMatchObject({ code: 'timeout' });
  });

  it('in the middle of an upload leaves nothing half-done behind', async () => {
    server.fault = ({ query }) => (query.get('partNumber') === '2' ? 500 : null);
    await expect(put(open(), 20 * 1024 * 1024)).rejects.toMatchObject({ code: 'unavailable' });
    expect([server.uploads.size, server.objects.size]).toEqual([0, 0]);
  });

  it('does not keep whoever gives up waiting', async () => {
    const giving = new AbortController();
    server.fault = ({ query }) => {
      if (!query.has('partNumber')) return null;
      giving.abort(new Error('Given up.'));
      return 'hang';
    };
    const content = Readable.from([Buffer.alloc(20 * 1024 * 1024)], { objectMode: false });
    // Longer than a test may take.
    const store = open({}, [server.host], 60_000);
    await expect(store.put('a/b', content, { signal: giving.signal, expectedBytes: 0 })).rejects.toThrow('Given up.');
    expect(server.uploads.size).toBe(0);
  });
});

it('aborts uploads that others left behind', async () => {
  server.uploads.set(randomUUID(), { key: 'a/half', parts: new Map() });
  server.uploads.set(randomUUID(), { key: 'other/half', parts: new Map() });
  await open().clear('a/', signal());
  expect([...server.uploads.values()].map(({ key }) => key)).toEqual(['other/half']);
});

describe('inner networks', () => {
  it.each(['http://127.0.0.1:9000', 'https://10.1.2.3', 'https://[::1]:9000', 'https://169.254.169.254'])(
    '%s is not asked, unless the operator allows it',
    (endpoint) => {
      expect(() => open({ endpoint }, [])).toThrow(/endpoint: .*(operator can allow it|TLS only)/);
      expect(() => open({ endpoint }, [new URL(endpoint).host])).not.toThrow();
    },
  );

  it('are not reached by a name either', async () => {
    const store = open({ endpoint: 'https://localhost:9000' }, []);
    await expect(put(store)).rejects.toMatchObject({ code: 'invalid', detail: { field: 'endpoint' } });
  });

  it.each(['s3.example', 'ftp://s3.example', 'https://user:pass@s3.example', 'https://s3.example/?x=1'])(
    '%s is no address of a store',
    (endpoint) => expect(() => open({ endpoint }, [])).toThrow('is no address of a store'),
  );
});
