import { writeFileSync } from 'node:fs';
import { ensurePackages, nfsClientPackages, storagePackages } from '#libs/launch/debian/packages.js';
import { run } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { Lab } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { NfsClient, type Where } from '../conformance/storage/nfs-client.js';

const startMs = 240_000;
const testMs = 120_000;
const megabytes = 1024 ** 2;
const port = 2049;
const image = 'localhost/pierhead/sample:latest';

const keeper = {
  PIERHEAD_NODE_ROLES: 'storage',
  PIERHEAD_STORAGE_PORT: String(port),
  PIERHEAD_STORAGE_BYTES: String(96 * megabytes),
};

interface Share {
  id: string;
  state: string;
  message: string | null;
  mounts: { nodeName: string; mount: string | null; message: string }[];
}

interface Ended {
  state: string;
  message: string | null;
}

interface Begun {
  backup: { id: string };
  action: { id: string };
}

/** Three machines: the first keeps a file share, and containers of the others have volumes on it. */
describe('volumes on a file share', () => {
  let lab: Lab;
  let cluster: Cluster;
  let client: CloudClient;
  let native: NativeClient;
  let share: Share;

  beforeAll(async () => {
    await ensurePackages([...storagePackages, ...nfsClientPackages], () => undefined);
    lab = await Lab.start({ nodes: 3 });
    cluster = await lab.platform({
      env: { PIERHEAD_FILE_SHARE_SIZES: '32M' },
      agentEnv: (node): Record<string, string> => (node === lab.node(1) ? keeper : {}),
    });
    [client, native] = [cluster.client(), cluster.native()];
    share = await native.ok('POST', '/file-shares', { name: 'common', sizeBytes: 32 * megabytes });
    await shareIs('ready');
    await native.ok('POST', '/volumes', { name: 'data', fileShare: 'common' });
    await native.ok('POST', '/volumes', { name: 'ledger', fileShare: 'common', access: 'single-writer' });
    // Everything begins on the second machine, and may go to the third.
    for (const number of [1, 3]) await native.ok('POST', `/nodes/${nodeId(number)}/cordon`);
    for (const [name, volume] of [
      ['web', 'data'],
      ['books', 'ledger'],
    ]) {
      const { service } = await native.ok<{ service: { id: string } }>('POST', '/services', {
        name,
        restart: { condition: 'always' },
        template: { image, mounts: [{ kind: 'volume', volume, target: '/data' }] },
      });
      await client.ok('POST', `/api/app/v1/service/${service.id}/start/`);
      await client.waitForState(`/api/app/v1/service/${service.id}/`, 'Running', 60_000);
    }
    await native.ok('POST', `/nodes/${nodeId(3)}/uncordon`);
  }, startMs);
  afterAll(() => lab.stop(), startMs);

  const nodeId = (number: number) => cluster.nodeIds()[number - 1] ?? '';
  const until = <T>(what: string, condition: () => Promise<T>, timeoutMs = 60_000) =>
    waitFor(condition, { what, timeoutMs, intervalMs: 50 });
  const shareIs = (state: string) =>
    until(
      `The share becoming ${state}`,
      async () => (await native.ok<Share>('GET', '/file-shares/common')).state === state,
    );
  const on = async (node: LabNode, name: string) =>
    (await lab.engine(node).containers()).find((one) => one.state === 'running' && one.name.startsWith(`${name}-`));
  const inside = async (number: number, name: string, script: string, accept = [0]) => {
    const container = await on(lab.node(number), name);
    if (!container) throw new Error(`${name} does not run on node ${number}.`);
    return lab.node(number).exec(container.id, '/bin/sh', ['-c', script], { accept });
  };
  const nfsFrom = (machine: { run: Where }) =>
    new NfsClient(lab.node(1).address, port, (command, args, options) => machine.run(command, args, options));
  const archive = (method: string, volume: string, body?: Buffer) =>
    fetch(`${client.url}/api/v1/volumes/${volume}/archive?path=/`, {
      method,
      headers: { authorization: client.authorization, ...(body && { 'content-type': 'application/x-tar' }) },
      ...(body && { body: new Uint8Array(body) }),
    });

  it(
    'hold what containers write, say how they are reached, and have no more room than the share',
    async () => {
      await inside(2, 'web', 'echo from-web > /data/file');
      await inside(2, 'books', 'echo from-books > /data/file');
      expect((await inside(2, 'web', 'cat /data/file')).stdout.trim()).toBe('from-web');
      const { mounts } = await native.ok<Share>('GET', '/file-shares/common');
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
    'can be mounted over the network by the nodes that have such containers, and by nobody else',
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
      const out = await archive('GET', 'data');
      const tar = Buffer.from(await out.arrayBuffer());
      expect(out.status).toBe(200);
      expect(tar.toString('latin1')).toContain('from-web');
      expect((await archive('PUT', 'ledger', tar)).status).toBe(204);
      expect((await inside(2, 'books', 'cat /data/file')).stdout.trim()).toBe('from-web');
      expect(await native.call('DELETE', '/volumes/data')).toMatchObject({ status: 409 });
      expect(await native.call('DELETE', '/file-shares/common')).toMatchObject({ status: 409 });
    },
    testMs,
  );

  it(
    'keep backups beside them, of which volumes are restored',
    async () => {
      const project = `/projects/${cluster.credentials.project}`;
      const ended = (what: string, { id }: { id: string }) =>
        until(what, async () => {
          const { state, message } = await native.ok<Ended>('GET', `${project}/actions/${id}`);
          if (['failed', 'canceled'].includes(state)) throw new Error(`${what} ${state}: ${message}`);
          return state === 'success';
        });
      const wish = { name: 'kept', kind: 'share', shareId: share.id };
      const { id: targetId } = await native.ok<{ id: string }>('POST', `${project}/backup-targets`, wish);
      const { backup, action } = await native.ok<Begun>('POST', `${project}/backups`, { volume: 'data', targetId });
      await ended('The backup', action);
      expect(await native.call('DELETE', '/file-shares/common')).toMatchObject({ status: 409 });
      const restore = await native.ok<Begun>('POST', `${project}/backups/${backup.id}/restore`, { into: 'again' });
      await ended('The restore', restore.action);
      const tar = Buffer.from(await (await archive('GET', 'again')).arrayBuffer());
      expect(tar.toString('latin1')).toContain('from-web');
      const removal = await native.ok<Begun>('DELETE', `${project}/backups/${backup.id}`);
      await ended('The removal of the backup', removal.action);
      await native.ok('DELETE', `${project}/backup-targets/${targetId}`);
    },
    testMs,
  );

  it(
    'are there again on another machine when theirs is lost; one writer’s when it is taken from the lost one',
    async () => {
      await lab.node(2).powerOff();
      await until('web on the third machine', () => on(lab.node(3), 'web'));
      expect((await inside(3, 'web', 'cat /data/file')).stdout.trim()).toBe('from-web');
      expect(await on(lab.node(3), 'books')).toBeUndefined();
      await native.ok('POST', '/volumes/ledger/release');
      await until('books on the third machine', () => on(lab.node(3), 'books'));
      expect((await inside(3, 'books', 'cat /data/file')).stdout.trim()).toBe('from-web');
      await until('The export to node 3', async () => (await nfsFrom(lab.node(3)).list(`/${share.id}`)) !== null);
    },
    testMs,
  );

  it(
    'are let go by a machine that is back, and go with the share when nothing uses them any more',
    async () => {
      await lab.node(2).powerOn();
      await cluster.agents[1]?.start();
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
