import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { image } from '#apps/agent/testing/node-fixture.js';
import { until } from '#apps/agent/testing/until.js';
import { OpenedBackupStores } from '#libs/backup/opened.backup-stores.js';
import { BackupCommands } from '#libs/core/backup/backup.commands.js';
import { BackupRemovalTask } from '#libs/core/backup/backup-removal.task.js';
import { BackupRunner } from '#libs/core/backup/backup.runner.js';
import { backupTimes, type BackupTimes } from '#libs/core/backup/backup.settings.js';
import { BackupTargetService } from '#libs/core/backup/backup-target.service.js';
import { BackupVault } from '#libs/core/backup/backup.vault.js';
import { VolumeBackupTask } from '#libs/core/backup/volume-backup.task.js';
import { VolumeRestoreTask } from '#libs/core/backup/volume-restore.task.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { reachVolume } from '#libs/core/volume/volume-place.js';
import type { VolumeRecord } from '#libs/core/volume/volume.repository.port.js';
import { createLog } from '#libs/platform/log.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import type { Archive } from '#libs/runtime/session.js';
import type { GrpcNodeStreams } from '#libs/streams/grpc.node-streams.js';
import { GrpcShareObjects } from '#libs/streams/grpc.share-objects.js';
import { FakeS3Server } from '#libs/testing/s3/s3-server.fake.js';
import { tarOf } from '../../conformance/runtime/lab.js';
import { PlatformFixture, type RunningAgent } from '../agent/platform-fixture.js';
import { TestClock } from '../reconcile/plane.js';
import { aTenant, aVolume, unique } from '../store/records.js';
import { openStore, type TestStore } from '../store/store.js';

/** An engine whose volumes can be made to give something else than what is in them. */
export class ReadEngine extends FakeRuntime {
  source: (() => Iterable<Buffer> | AsyncIterable<Buffer>) | null = null;

  constructor(scope: string, engine: FakeEngine) {
    super(scope, engine);
    const { getArchive } = this;
    this.getArchive = async (id, path): Promise<Archive> => {
      const archive = await getArchive(id, path);
      if (!this.source) return archive;
      archive.content.destroy();
      return { stat: archive.stat, content: Readable.from(this.source(), { objectMode: false }) };
    };
  }
}

const quick: BackupTimes = { ...backupTimes, deadlineMs: 60_000, leaseMs: 2_000, keepMs: 50, retryMs: 10 };

/** The real store, a real gateway and agent over a simulated engine, and a store that speaks S3. */
export class BackupWorld {
  readonly clock = new TestClock();
  readonly vault = new BackupVault(Buffer.alloc(32, 7));
  readonly commands: BackupCommands;
  readonly targets: BackupTargetService;
  private readonly runners: BackupRunner[] = [];

  private constructor(
    readonly store: TestStore,
    readonly s3: FakeS3Server,
    readonly platform: PlatformFixture,
    readonly node: RunningAgent,
    readonly engine: ReadEngine,
    readonly streams: GrpcNodeStreams,
    readonly context: RequestContext,
  ) {
    this.commands = new BackupCommands(store.work, this.clock, quick.deadlineMs);
    this.targets = new BackupTargetService(store.work, this.clock, this.vault, this.stores);
  }

  static async open(): Promise<BackupWorld> {
    const [store, s3, platform] = await Promise.all([openStore(), FakeS3Server.start(), PlatformFixture.create(1)]);
    const identity = await platform.join();
    const engine = new ReadEngine(identity.nodeId, new FakeEngine({ images: [image] }));
    const node = await platform.startAgent({ node: identity, driver: engine });
    await until('it is connected', () => node.agent.connected);
    const streams = await platform.nodeStreams();
    await store.sql(
      `INSERT INTO node (id, name, state, milli_cpu, memory_bytes, max_containers) VALUES ($1, 'node', 'ready', 4000, 8589934592, 100)`,
      [node.nodeId],
    );
    const tenant = await aTenant(store);
    const context: RequestContext = {
      ...tenant,
      ...{ userId: '00000000-0000-4000-8000-000000000001', userName: 'user', apiKeyId: null, sessionId: null },
      ...{ organizationName: 'o', namespace: 'n', roles: ['owner'], access: 'write' },
      request: { id: 'r', ip: '127.0.0.1', userAgent: 'test', method: 'POST', path: '/' },
    };
    return new BackupWorld(store, s3, platform, node, engine, streams, context);
  }

  get stores(): OpenedBackupStores {
    const s3 = { trusted: [this.s3.host], timeouts: { connectMs: 2_000, answerMs: 5_000 } };
    return new OpenedBackupStores(s3, { work: this.store.work, objects: new GrpcShareObjects(this.streams) });
  }

  async target(given: Partial<FakeS3Server['target']> = {}): Promise<string> {
    const { secretAccessKey: secret, ...settings } = { ...this.s3.target, ...given };
    return (await this.targets.create(this.context, { name: unique('target'), settings, secret })).id;
  }

  /** On the node, with one file in it. */
  async volume(content = 'As it was.', name = unique('volume')): Promise<VolumeRecord> {
    const volume = aVolume(this.context, { name, nodeId: this.node.nodeId });
    await this.store.work.platform((tx) => tx.volumes.insert(volume));
    await this.write(volume, content);
    return volume;
  }

  async write(volume: VolumeRecord, content: string): Promise<void> {
    const reach = await this.reach(volume.id);
    await this.streams.writeVolume(reach.nodeId, reach.onNode, '/', Readable.from([tarOf('file', content)]), null);
  }

  async read(volumeId: string): Promise<string> {
    const reach = await this.reach(volumeId);
    return (await buffer(await this.streams.readVolume(reach.nodeId, reach.onNode, '/'))).toString();
  }

  reach(volumeId: string) {
    return this.store.work.platform(async (tx) => {
      const volume = await tx.volumes.get(this.context.projectId, volumeId);
      const reach = volume && (await reachVolume(tx, volume));
      if (!reach) throw new Error('There is no such volume on a node.');
      return reach;
    });
  }

  runner(times: Partial<BackupTimes> = {}, atOnce = 2): BackupRunner {
    const { work } = this.store;
    const runner = new BackupRunner({
      work,
      clock: this.clock,
      tasks: {
        backup: new VolumeBackupTask(work, this.clock, this.streams, this.stores, this.vault),
        restore: new VolumeRestoreTask(work, this.streams, this.stores, this.vault),
        delete: new BackupRemovalTask(work, this.stores, this.vault),
      },
      times: { ...quick, ...times },
      atOnce,
      log: createLog('worker', 'silent'),
    });
    this.runners.push(runner);
    return runner;
  }

  /** Until nothing is left to do. */
  async settle(runner = this.runner()): Promise<void> {
    for (const deadline = Date.now() + 25_000; ;) {
      await runner.look();
      await runner.idle();
      const [row] = await this.store.sql<{ n: number }>('SELECT count(*) AS n FROM backup_work');
      if (row?.n === 0) return;
      if (Date.now() > deadline) throw new Error('There is still work left.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  action(id: string) {
    return this.store.work.platformRead((tx) => tx.actions.get(id));
  }

  backup(id: string) {
    return this.store.work.platformRead((tx) => tx.backups.getAny(id));
  }

  async used(resource: string): Promise<number> {
    const { organizationId, projectId } = this.context;
    const lines = await this.store.work.platformRead((tx) => tx.quotas.usage(organizationId, projectId));
    return lines.find((line) => line.resource === resource)?.used ?? 0;
  }

  /** Engine’s volumes that the node is told to remove. */
  async discarded(): Promise<string[]> {
    const rows = await this.store.sql<{ engine_name: string }>('SELECT engine_name FROM volume_removal');
    return rows.map((row) => row.engine_name);
  }

  async close(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()));
    await this.platform.close();
    await Promise.all([this.store.close(), this.s3.stop()]);
  }
}
