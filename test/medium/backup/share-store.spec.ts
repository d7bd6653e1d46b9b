import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { nodePlace } from '#apps/agent/shares/node.place.js';
import { ShareMounts } from '#apps/agent/shares/share.mounts.js';
import { ShareObjects } from '#apps/agent/shares/share.objects.js';
import { until } from '#apps/agent/testing/until.js';
import { ShareBackupStore } from '#libs/backup/share/share.backup-store.js';
import { backupStoreHarness } from '#libs/backup/testing/backup-store.harness.js';
import { GrpcShareObjects } from '#libs/streams/grpc.share-objects.js';
import { PlatformFixture, type RunningAgent } from '../agent/platform-fixture.js';

// real: a gateway, an agent with files of its own. fake: the share is a folder
describe('backups on a file share', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-objects-'));
  const shareId = randomUUID();
  let platform: PlatformFixture;
  let node: RunningAgent;
  let objects: GrpcShareObjects;

  beforeAll(async () => {
    platform = await PlatformFixture.create(1);
    const identity = await platform.join();
    const place = await nodePlace('off');
    node = await platform.startAgent({
      node: identity,
      shares: {
        place,
        keeper: null,
        mounts: new ShareMounts({ nodeId: identity.nodeId, place, disk: null, folder: join(folder, 'mounts') }),
        objects: new ShareObjects((share, keeper) => Promise.resolve(join(folder, share, keeper))),
      },
    });
    await until('it is connected', () => node.agent.connected);
    objects = new GrpcShareObjects(await platform.nodeStreams());
  });
  afterAll(async () => {
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const storeFor = (targetId: string) =>
    new ShareBackupStore({ objects, shareId, targetId, locate: () => Promise.resolve(node.nodeId) });
  const halvesOf = (targetId: string) =>
    readdirSync(join(folder, shareId, targetId), { recursive: true }).filter((name) => String(name).includes('.half-'))
      .length;

  backupStoreHarness(() => {
    const targetId = randomUUID();
    return Promise.resolve({ store: storeFor(targetId), halves: () => halvesOf(targetId) });
  });

  it('are not seen by other targets, nor is anything outside of them', async () => {
    const signal = AbortSignal.timeout(10_000);
    const [one, other] = [storeFor(randomUUID()), storeFor(randomUUID())];
    await one.put('a/b', Readable.from([Buffer.from('x')]), { signal, expectedBytes: 1 });
    await expect(other.get('a/b', signal)).rejects.toMatchObject({ code: 'not-found' });
    for (const key of ['../a', 'a/../../b', '/etc/passwd', 'a//b', '']) {
      await expect(one.get(key, signal)).rejects.toMatchObject({ code: 'invalid' });
    }
    await expect(one.clear('../', signal)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('say so when the share’s node is away', async () => {
    const store = new ShareBackupStore({
      ...{ objects, shareId, targetId: randomUUID() },
      locate: () => Promise.resolve(platform.directory.addNode()),
    });
    await expect(store.get('a', AbortSignal.timeout(10_000))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
