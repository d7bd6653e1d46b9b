import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { NodeShare, ShareReport, VolumeReport } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import { ensurePackages, nfsClientPackages, storagePackages } from '#libs/launch/debian/packages.js';
import { freePort } from '#libs/launch/ports/port.js';
import { run } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { isStillRunning, signalIfStillRunning, type ProcessIdentity } from '#libs/platform/process/proc.js';
import { ShareKeeper } from '#apps/agent/shares/share.keeper.js';
import { ShareMounts } from '#apps/agent/shares/share.mounts.js';
import { isMounted } from '#apps/agent/shares/share.disk.js';
import { HeldFile } from './held-file.js';
import { NfsClient } from './nfs-client.js';

const megabytes = 1024 ** 2;
const here = '127.0.0.1';
const patienceMs = 50_000;
const until = (condition: () => boolean | Promise<boolean>, timeoutMs: number) =>
  waitFor(condition, { what: `What ${condition.toString()} asks`, timeoutMs, intervalMs: 20 });

/** Real file systems and a real NFS server, of the agent’s own storage role. */
describe('a node that keeps file shares', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-shares-'));
  const reports = new Map<string, ShareReport>();
  const volumes = new Map<string, VolumeReport>();
  let port: number;
  let client: NfsClient;
  let keeper: ShareKeeper;

  const begin = async () => {
    const next = new ShareKeeper({
      ...{ folder, address: here, port, totalBytes: null, log: pino({ level: 'silent' }) },
      timing: { watchMs: 50, usageEveryMs: 100, graceSeconds: 2, lookMs: 50, sizesEveryMs: 100 },
    });
    next.open({
      report: (shares, sizes) => {
        for (const share of shares) reports.set(share.shareId, share);
        for (const size of sizes) volumes.set(size.volumeId, size);
      },
    });
    await next.start();
    return next;
  };
  const share = (given: Partial<NodeShare> = {}): NodeShare => ({
    ...{ shareId: randomUUID(), sizeBytes: 16 * megabytes, removed: false, clients: [here], made: false, folders: [] },
    ...given,
  });
  const server = () => JSON.parse(readFileSync(join(folder, 'ganesha', 'ganesha.pid'), 'utf8')) as ProcessIdentity;
  const serves = async (path: string) => (await client.list(path)) !== null;
  const stateOf = ({ shareId }: NodeShare) => reports.get(shareId)?.state;

  const [volume, other] = [randomUUID(), randomUUID()];
  const folders = [volume, other].map((volumeId) => ({ volumeId, removed: false }));
  const data = share({ folders });
  const small = join(folder, 'small');

  beforeAll(async () => {
    await ensurePackages([...storagePackages, ...nfsClientPackages], () => undefined);
    port = await freePort();
    client = new NfsClient(here, port);
    writeFileSync(small, 'brought over the network');
    keeper = await begin();
    await keeper.receive([data]);
    await until(() => serves(`/${data.shareId}`), patienceMs);
  }, 300_000);
  afterAll(async () => {
    await keeper.stop();
    // What it has open keeps a file system busy.
    const left = server();
    signalIfStillRunning(left, 'SIGKILL');
    await until(() => !isStillRunning(left), patienceMs);
    for (const [id] of reports) await keeper.disk.remove(id);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('makes them of their size, with a folder for each volume, and says what is used', async () => {
    expect(stateOf(data)).toBe('ready');
    expect((await client.list(`/${data.shareId}`))?.sort()).toEqual([volume, other].sort());
    expect(await client.write(small, `/${data.shareId}/${volume}/small`)).toBe(true);
    expect(await client.read(`/${data.shareId}/${volume}/small`)).toBe('brought over the network');
    const { totalBytes = 0 } = reports.get(data.shareId) ?? {};
    expect(totalBytes).toBeGreaterThan(12 * megabytes);
    expect(totalBytes).toBeLessThan(16 * megabytes);
    writeFileSync(join(keeper.disk.volume(data.shareId, volume), 'large'), Buffer.alloc(2 * megabytes, 1));
    await until(() => (volumes.get(volume)?.usedBytes ?? 0) >= 2 * megabytes, patienceMs);
    await until(() => (reports.get(data.shareId)?.usedBytes ?? 0) >= 2 * megabytes, patienceMs);
    expect(statSync(keeper.disk.image(data.shareId)).size).toBe(16 * megabytes);
  }, 60_000);

  it('lets nobody write past the size, neither here nor over the network', async () => {
    const full = keeper.disk.volume(data.shareId, other);
    const fill = await run('dd', ['if=/dev/zero', `of=${full}/fill`, 'bs=64k'], { accept: [1] });
    await run('dd', ['if=/dev/zero', `of=${full}/rest`, 'bs=1k'], { accept: [0, 1] });
    expect(fill.stderr).toContain('No space left');
    expect(await client.write(small, `/${data.shareId}/${volume}/past`)).toBe(false);
    rmSync(join(full, 'fill'));
    expect(await client.write(small, `/${data.shareId}/${volume}/fits-again`)).toBe(true);
  }, 60_000);

  it('shows them only to those that may mount them, and changes that while a file of another share is held open', async () => {
    const [before, second] = [server(), share()];
    const held = await HeldFile.open(client.url(`/${data.shareId}/${volume}/`), 'held');
    await keeper.receive([data, second]);
    await until(() => serves(`/${second.shareId}`), patienceMs);
    await keeper.receive([data, { ...second, clients: ['192.0.2.7'] }]);
    await until(async () => !(await serves(`/${second.shareId}`)), patienceMs);
    expect(await serves(`/${data.shareId}`)).toBe(true);
    await keeper.receive([
      { ...data, clients: [here, '192.0.2.7'] },
      { ...second, clients: [] },
    ]);
    expect(server()).toEqual(before);
    expect(await serves(`/${data.shareId}`)).toBe(true);
    // And it goes, with its data.
    await keeper.receive([data, { ...second, removed: true }]);
    await until(() => stateOf(second) === 'removed', patienceMs);
    expect(await isMounted(keeper.disk.mountpoint(second.shareId))).toBe(false);
    expect(existsSync(keeper.disk.image(second.shareId))).toBe(false);
    const content = await held.close();
    const longest = Math.round(held.longestMs);
    process.stdout.write(`${held.failures.length} of ${held.lines} writes failed, the longest took ${longest} ms\n`);
    expect(held.failures).toEqual([]);
    expect(held.lines).toBeGreaterThan(100);
    expect(content).toBe(held.expected());
    expect(readFileSync(join(keeper.disk.volume(data.shareId, volume), 'held'), 'utf8')).toBe(held.expected());
  }, 60_000);

  it('are served again after a crash of the server, and by the same server after a restart of the agent', async () => {
    const killed = server();
    signalIfStillRunning(killed, 'SIGKILL');
    await until(() => server().pid !== killed.pid, patienceMs);
    await until(() => serves(`/${data.shareId}`), patienceMs);
    const running = server();
    await keeper.stop();
    keeper = await begin();
    expect(server()).toEqual(running);
    expect(stateOf(data)).toBe('ready');
  }, 60_000);

  it('are there again after a restart of the node, before anybody tells it anything', async () => {
    await keeper.stop();
    signalIfStillRunning(server(), 'SIGKILL');
    const mountpoint = keeper.disk.mountpoint(data.shareId);
    await until(
      () =>
        run('umount', [mountpoint]).then(
          () => true,
          () => false,
        ),
      patienceMs,
    );
    expect(existsSync(keeper.disk.volume(data.shareId, volume))).toBe(false);
    keeper = await begin();
    await until(() => serves(`/${data.shareId}`), patienceMs);
    // Whoever held something before is let say so first.
    const text = () => client.read(`/${data.shareId}/${volume}/small`).catch(() => null);
    await until(async () => (await text()) === 'brought over the network', patienceMs);
  }, 60_000);

  it('is not made anew where its data is gone', async () => {
    const lost = share({ made: true });
    await keeper.receive([data, lost]);
    expect(reports.get(lost.shareId)).toMatchObject({
      state: 'failed',
      message: 'Its data is not on this node any more.',
    });
    expect(existsSync(keeper.disk.image(lost.shareId))).toBe(false);
    expect(stateOf(data)).toBe('ready');
    await keeper.receive([data]);
  });

  it('is bound by other nodes of the same machine, as the same file system', async () => {
    const source = { shareId: data.shareId, nodeId: 'server', machine: 'this', address: here, port };
    const place = { nfsClient: false, machine: 'this' };
    const mounts = new ShareMounts({ nodeId: 'another', place, disk: null, folder: join(folder, 'attached') });
    const options = await mounts.optionsFor(source, volume);
    expect(options).toMatchObject({ type: 'none', o: 'bind' });
    writeFileSync(join(options.device ?? '', 'by-another'), 'node');
    expect(readFileSync(join(keeper.disk.volume(data.shareId, volume), 'by-another'), 'utf8')).toBe('node');
    await mounts.release(data.shareId);
    expect(existsSync(options.device ?? '')).toBe(false);
    const far = new ShareMounts({ nodeId: 'far', place: { ...place, machine: 'that' }, disk: null, folder });
    await expect(far.optionsFor(source, volume)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('no NFS client') as string,
    });
  }, 60_000);

  it('removes the folder of a volume that was deleted', async () => {
    await keeper.receive([
      {
        ...data,
        folders: [
          { volumeId: volume, removed: false },
          { volumeId: other, removed: true },
        ],
      },
    ]);
    expect(volumes.get(other)?.gone).toBe(true);
    expect(existsSync(keeper.disk.volume(data.shareId, other))).toBe(false);
    volumes.delete(other);
    // The answer may have been lost: it is asked again.
    await keeper.receive([{ ...data, folders: [{ volumeId: other, removed: true }] }]);
    expect(volumes.get(other)?.gone).toBe(true);
  });
});
