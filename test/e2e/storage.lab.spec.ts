import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ensurePackages, nfsClientPackages, storagePackages } from '#libs/launch/debian/packages.js';
import { tar } from '#libs/launch/engine/tar.js';
import { run } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { Lab } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { FakeS3Server } from '#libs/testing/s3/s3-server.fake.js';
import { NfsClient, type Where } from '../conformance/storage/nfs-client.js';
import { StorageClient, type Backup } from './support/storage-client.js';

const startMs = 240_000;
const testMs = 120_000;
const megabytes = 1024 ** 2;
const port = 2049;
const image = 'localhost/pierhead/sample:latest';

const shareNode = {
  PIERHEAD_NODE_ROLES: 'storage',
  PIERHEAD_STORAGE_PORT: String(port),
  PIERHEAD_STORAGE_BYTES: String(96 * megabytes),
};

/** Files of several owners and modes, a link, and, at each start, a file that says what this container saw. */
const script = [
  '[ -e /files/link ] || { mkdir -p /files/deep/er && echo one > /files/deep/er/one && chmod 640 /files/deep/er/one',
  'chown 12:34 /files/deep/er/one && chmod 1777 /files/deep && ln -s deep/er/one /files/link && touch /files/empty; }',
  'rm -f /files/seen; cat /files/link > /files/seen; trap "exit 0" TERM; sleep 3600 & wait',
].join('\n');

interface Share {
  id: string;
  state: string;
  mounts: { nodeName: string; mount: string | null; message: string }[];
}

/** Three machines: the first keeps a file share, containers with volumes begin on the second and may go to the third. */
describe('volumes over three machines', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let native: NativeClient;
  let storage: StorageClient;
  let s3: FakeS3Server;
  let share: Share;
  let keeper: string;
  let [bucketId, besideId, scheduleId] = ['', '', ''];
  let ofBucket: Backup;

  beforeAll(async () => {
    await ensurePackages([...storagePackages, ...nfsClientPackages], () => undefined);
    lab = await Lab.start({ nodes: 3 });
    s3 = await FakeS3Server.start(lab.switch.machineAddress);
    cluster = await lab.platform({
      ...{ apis: 2, workers: 2, gateways: 2 },
      env: {
        PIERHEAD_FILE_SHARE_SIZES: '32M',
        PIERHEAD_INNER_BACKUP_STORES: s3.host,
        PIERHEAD_BACKUP_LEASE_MS: '2000',
      },
      agentEnv: (node): Record<string, string> => (node === lab.node(1) ? shareNode : {}),
    });
    [client, native] = [cluster.client(), cluster.native()];
    const { project, apiKey } = cluster.credentials;
    storage = new StorageClient(native, cluster.apiUrls[1] ?? '', apiKey, `/projects/${project}`);
    share = await native.ok('POST', '/file-shares', { name: 'common', sizeBytes: 32 * megabytes });
    await until('The share', async () => (await shared()).state === 'ready');
    await native.ok('POST', '/volumes', { name: 'data', fileShare: 'common' });
    await native.ok('POST', '/volumes', { name: 'ledger', fileShare: 'common', access: 'single-writer' });
    const beside = { name: 'beside', kind: 'share', shareId: share.id };
    besideId = (await storage.ok<{ id: string }>('POST', '/backup-targets', beside)).id;
    bucketId = (await storage.ok<{ id: string }>('POST', '/backup-targets', { name: 'store', ...s3.target })).id;
    // What it makes is looked for at the end: its minute comes meanwhile.
    await native.ok('POST', '/volumes', { name: 'steady' });
    const soon = new Date(Date.now() + 70_000);
    const cron = `${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`;
    const wish = { volume: 'steady', targetId: besideId, cron, keepLast: 2 };
    scheduleId = (await storage.ok<{ id: string }>('POST', '/backup-schedules', wish)).id;
    await onlyOn(3);
    const write = 'echo steady > /data/file; chown 56:78 /data/file; trap "exit 0" TERM; sleep 3600 & wait';
    await startService('quiet', { image, command: ['sh', '-c', write] }, { steady: '/data' });
    await onlyOn(2);
    await startService('web', { image }, { data: '/data' });
    await startService('books', { image }, { ledger: '/data' });
    keeper = await startService('keeper', { image, command: ['sh', '-c', script] }, { files: '/files' });
    await native.ok('POST', `/nodes/${nodeId(3)}/uncordon`);
  }, startMs);
  afterAll(async () => {
    await lab.stop();
    await s3.stop();
  }, startMs);

  const onlyOn = async (chosen: number) => {
    for (const number of [1, 2, 3])
      await native.ok('POST', `/nodes/${nodeId(number)}/${number === chosen ? 'uncordon' : 'cordon'}`);
  };
  const startService = async (name: string, template: object, volumes: Record<string, string>) => {
    const mounts = Object.entries(volumes).map(([volume, target]) => ({ kind: 'volume', volume, target }));
    const { service } = await native.ok<{ service: { id: string } }>('POST', '/services', {
      ...{ name, restart: { condition: 'always' }, template: { ...template, mounts } },
    });
    const uri = `/api/app/v1/service/${service.id}/`;
    await client.ok('POST', `${uri}start/`);
    await client.waitForState(uri, 'Running', 60_000);
    return uri;
  };
  const nodeId = (number: number) => cluster.nodeIds()[number - 1] ?? '';
  const until = <T>(what: string, condition: () => Promise<T>, timeoutMs = 60_000) =>
    waitFor(condition, { what, timeoutMs, intervalMs: 50 });
  const shared = () => native.ok<Share>('GET', '/file-shares/common');
  const on = async (node: LabNode, name: string) =>
    (await lab.engine(node).containers()).find((one) => one.state === 'running' && one.name.startsWith(`${name}-`));
  const inside = async (number: number, name: string, command: string, accept = [0]) => {
    const container = await on(lab.node(number), name);
    if (!container) throw new Error(`${name} does not run on node ${number}.`);
    return lab.node(number).exec(container.id, '/bin/sh', ['-c', command], { accept });
  };
  const nfsFrom = (machine: { run: Where }) =>
    new NfsClient(lab.node(1).address, port, (command, args, options) => machine.run(command, args, options));
  const scheduled = async (id: string) =>
    (await storage.ok<{ items: Backup[] }>('GET', `/backups?scheduleId=${id}`)).items;
  const nodeOf = async (volume: string) => (await storage.ok<{ nodeId: string }>('GET', `/volumes/${volume}`)).nodeId;

  it(
    'hold what containers write, say how they are reached, and have no more room than the share',
    async () => {
      await inside(2, 'web', 'echo from-web > /data/file');
      await inside(2, 'books', 'echo from-books > /data/file');
      expect((await inside(2, 'web', 'cat /data/file')).stdout.trim()).toBe('from-web');
      const { mounts } = await shared();
      const kernelHasClient = /\bnfs4$/m.test((await run('cat', ['/proc/filesystems'])).stdout);
      expect(mounts.map(({ mount }) => mount)).toEqual([kernelHasClient ? 'nfs' : 'bind']);
      expect(mounts[0]?.message).toMatch(kernelHasClient ? /NFS 4/ : /no NFS client.*same machine/);
      const full = await inside(2, 'web', 'dd if=/dev/zero of=/data/fill bs=65536', [0, 1]);
      expect(full.stderr).toContain('No space left');
      await inside(2, 'web', 'rm /data/fill');
    },
    testMs,
  );

  it(
    'are mounted over the network by the nodes that have containers with them on the share, and by nobody else',
    async () => {
      const small = lab.state.file('small');
      writeFileSync(small, 'over the network');
      await until('The export to node 2', async () => (await nfsFrom(lab.node(2)).list(`/${share.id}`))?.length === 2);
      const [volume] = (await nfsFrom(lab.node(2)).list(`/${share.id}`)) ?? [];
      expect(await nfsFrom(lab.node(2)).write(small, `/${share.id}/${volume}/over`)).toBe(true);
      const seen = await Promise.all(['web', 'books'].map((name) => inside(2, name, 'cat /data/over', [0, 1])));
      expect(seen.map(({ stdout }) => stdout).sort()).toEqual(['', 'over the network']);
      expect(await nfsFrom(lab.node(3)).list(`/${share.id}`)).toBeNull();
      expect(await nfsFrom(lab.client).list(`/${share.id}`)).toBeNull();
    },
    testMs,
  );

  it(
    'are copied out and in like any other, and not deleted while they are used',
    async () => {
      const content = await storage.archive('data');
      expect(content.toString('latin1')).toContain('from-web');
      await storage.archive('ledger', content);
      expect((await inside(2, 'books', 'cat /data/file')).stdout.trim()).toBe('from-web');
      expect(await native.call('DELETE', '/volumes/data')).toMatchObject({ status: 409 });
      expect(await native.call('DELETE', '/file-shares/common')).toMatchObject({ status: 409 });
    },
    testMs,
  );

  it(
    'are restored as they were from a bucket: contents, modes, owners and links, found by the container that is started',
    async () => {
      const before = await storage.contents('files');
      expect(before.files['deep/er/one']).toBe('one\n');
      expect(before.listed.join('\n')).toMatch(/-rw-r----- 12\/34 .*one\n/);
      const backup = await storage.backUp('files', bucketId);
      const changed = { mode: 0o644, content: Buffer.from('changed') };
      await storage.archive(
        'files',
        tar([
          { path: 'deep/er/one', ...changed },
          { path: 'more', ...changed },
        ]),
      );
      expect((await storage.contents('files')).files['deep/er/one']).toBe('changed');
      const refused = await storage.call('POST', `/backups/${backup.id}/restore`, {});
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([
        409,
        expect.stringContaining('stop what runs first'),
      ]);
      await client.ok('POST', `${keeper}stop/`);
      await client.waitForState(keeper, 'Stopped');
      await storage.restore(backup);
      expect(await storage.contents('files')).toEqual(before);
      await client.ok('POST', `${keeper}start/`);
      await client.waitForState(keeper, 'Running');
      // Written by the container into what it mounts, which is what was restored.
      await until('A file of the container', async () => (await storage.archive('files')).includes('seen'));
      expect(await storage.contents('files')).toEqual(before);
      const { id } = await storage.ok<{ id: string }>('GET', '/volumes/files');
      const kept = async () => (await lab.engine(lab.node(2)).volumes()).filter((name) => name.includes(id));
      await until('The removal of what was before', async () => (await kept()).length === 1);
    },
    testMs,
  );

  it(
    'are backed up when it was missed, once by two workers',
    async () => {
      const wish = { volume: 'files', targetId: bucketId, cron: '30 3 * * *', timeZone: 'Europe/Berlin', keepLast: 2 };
      const { id } = await storage.ok<{ id: string }>('POST', '/backup-schedules', wish);
      await cluster.ledger.rows(`UPDATE backup_schedule SET next_at = now() - interval '3 days' WHERE id = $1`, [id]);
      await until('The backup', async () => (await scheduled(id))[0]?.state === 'complete');
      expect(await scheduled(id)).toHaveLength(1);
      await storage.ok('DELETE', `/backup-schedules/${id}`);
    },
    testMs,
  );

  it(
    'have backups that are finished by another worker when theirs is killed, and canceled when they hang',
    async () => {
      const hang = () => {
        let reached: () => void = () => {};
        const arrived = new Promise<void>((resolve) => (reached = resolve));
        s3.fault = ({ method, key }) => {
          if (method !== 'PUT' || !key.endsWith('.tar.gz')) return null;
          reached();
          return 'hang';
        };
        return arrived;
      };
      const arrived = hang();
      const begun = await storage.begin('files', bucketId);
      await arrived;
      for (const worker of cluster.workers) await cluster.kill(worker);
      s3.fault = () => null;
      expect(await storage.ok('GET', `/backups/${begun.backup.id}`)).toMatchObject({ state: 'running' });
      await Promise.all(cluster.workers.map((worker) => worker.start()));
      expect(await storage.ended(begun.action.id)).toMatchObject({ state: 'success' });
      expect(s3.keysBelow('').filter((key) => key.includes(begun.backup.id))).toHaveLength(2);
      const again = hang();
      const hanging = await storage.begin('files', bucketId);
      await again;
      await storage.ok('POST', `/actions/${hanging.action.id}/cancel`);
      expect(await storage.ended(hanging.action.id)).toMatchObject({ state: 'canceled' });
      s3.fault = () => null;
      expect(s3.keysBelow('').filter((key) => key.includes(hanging.backup.id))).toEqual([]);
      ofBucket = begun.backup;
    },
    testMs,
  );

  it(
    'keep backups beside them on the share, of which they are restored',
    async () => {
      const backup = await storage.backUp('data', besideId);
      await storage.restore(backup, 'data-2');
      expect((await storage.contents('data-2')).files.file).toBe('from-web\n');
      await storage.remove(backup);
      expect(await native.call('DELETE', '/file-shares/common')).toMatchObject({ status: 409 });
    },
    testMs,
  );

  it(
    'are there again on another machine when theirs is lost: from the share, from a bucket, one writer’s when released',
    async () => {
      const files = await storage.contents('files');
      expect(await nodeOf('files')).toBe(nodeId(2));
      await lab.node(2).powerOff();
      await until('web on the third machine', () => on(lab.node(3), 'web'));
      expect((await inside(3, 'web', 'cat /data/file')).stdout.trim()).toBe('from-web');
      expect(await on(lab.node(3), 'books')).toBeUndefined();
      await native.ok('POST', '/volumes/ledger/release');
      await storage.restore(ofBucket, 'files-2');
      expect(await storage.contents('files-2')).toEqual(files);
      expect(await nodeOf('files-2')).not.toBe(nodeId(2));
      await until('books on the third machine', () => on(lab.node(3), 'books'));
      expect((await inside(3, 'books', 'cat /data/file')).stdout.trim()).toBe('from-web');
      await until('The export to node 3', async () => (await nfsFrom(lab.node(3)).list(`/${share.id}`)) !== null);
      await lab.node(2).powerOn();
      await cluster.agents[1]?.start();
    },
    testMs,
  );

  it(
    'have backups whose secret is nowhere to be read, and which leave nothing',
    async () => {
      const shown = await storage.ok('GET', `/backup-targets/${bucketId}`);
      expect(JSON.stringify(shown)).not.toContain(s3.account.secretAccessKey);
      const logs = execFileSync('sh', ['-c', `cat ${cluster.state.file('logs')}/*`], { maxBuffer: 2 ** 28 });
      expect(logs.includes(s3.account.secretAccessKey)).toBe(false);
      await storage.remove(ofBucket);
      expect(s3.keysBelow('').filter((key) => key.includes(ofBucket.id))).toEqual([]);
    },
    testMs,
  );

  it(
    'are backed up onto the share when the minute of their schedule comes, and restored on another machine',
    async () => {
      const made = await until(
        'The backup',
        async () => {
          const backups = await scheduled(scheduleId);
          return backups[0]?.state === 'complete' ? backups : null;
        },
        90_000,
      );
      expect(made).toHaveLength(1);
      const steady = await storage.contents('steady');
      expect(steady.files).toEqual({ file: 'steady\n' });
      await native.ok('POST', `/nodes/${nodeId(3)}/cordon`);
      await storage.restore(made[0]!, 'steady-2');
      expect(await storage.contents('steady-2')).toEqual(steady);
      expect([await nodeOf('steady'), await nodeOf('steady-2')]).toEqual([nodeId(3), nodeId(2)]);
      await storage.ok('DELETE', `/backup-schedules/${scheduleId}`);
      for (const backup of made) await storage.remove(backup);
      await storage.ok('DELETE', `/backup-targets/${besideId}`);
    },
    testMs,
  );

  it(
    'are let go by a machine that is back, and go with the share when nothing uses them any more',
    async () => {
      for (const { resource_uri: uri } of await client.list('/api/app/v1/service/')) await client.ok('DELETE', uri);
      await until('The removal of the containers', async () => {
        const held = await Promise.all([2, 3].map((number) => lab.engine(lab.node(number)).containers()));
        return held.flat().length === 0;
      });
      const removed = async (path: string) =>
        until(`The removal of ${path}`, async () => {
          const { status } = await native.call('DELETE', path);
          return status < 300 || status === 404;
        });
      for (const volume of ['data', 'ledger']) await removed(`/volumes/${volume}`);
      await removed('/file-shares/common');
      await until('Its end', async () => (await native.call('GET', '/file-shares/common')).status === 404);
    },
    testMs,
  );
});
