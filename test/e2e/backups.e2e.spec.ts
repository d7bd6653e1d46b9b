import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { waitFor } from '#libs/launch/process/wait.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { NativeClient } from '#libs/testing/cluster/native-client.js';
import { FakeS3Server } from '#libs/testing/s3/s3-server.fake.js';
import { sampleImage, startCluster, startMs } from './support/engine.js';

const testMs = 90_000;
interface Backup {
  id: string;
  state: string;
  message: string | null;
  scheduleId: string | null;
}
interface Begun {
  backup: Backup;
  action: { id: string };
  volume: { id: string };
}

/** Files of several owners and modes, a link, and, at each start, a file that says what this container saw. */
const script = [
  '[ -e /data/link ] || { mkdir -p /data/deep/er && echo one > /data/deep/er/one && chmod 640 /data/deep/er/one',
  'chown 12:34 /data/deep/er/one && chmod 1777 /data/deep && ln -s deep/er/one /data/link && touch /data/empty; }',
  'rm -f /data/seen; cat /data/link > /data/seen; while :; do sleep 1; done',
].join('\n');

describe('backups of a volume', () => {
  let s3: FakeS3Server;
  let cluster: Cluster;
  let native: NativeClient;
  let project: string;
  let targetId: string;
  let service: string;
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-backups-'));

  beforeAll(async () => {
    s3 = await FakeS3Server.start();
    const env = { PIERHEAD_INNER_BACKUP_STORES: s3.host, PIERHEAD_BACKUP_LEASE_MS: '2000' };
    cluster = await startCluster({ agents: 2, env });
    native = cluster.native();
    project = `/projects/${cluster.credentials.project}`;
    const template = {
      image: sampleImage(),
      command: ['sh', '-c', script],
      mounts: [{ kind: 'volume', volume: 'data', target: '/data' }],
    };
    const made = await native.ok<{ service: { id: string } }>('POST', `${project}/services`, {
      name: 'keeper',
      template,
    });
    service = made.service.id;
    await native.ok('POST', `${project}/services/${service}/start`);
    await running();
    targetId = (await native.ok<{ id: string }>('POST', `${project}/backup-targets`, { name: 'store', ...s3.target }))
      .id;
  }, startMs);
  afterAll(async () => {
    await cluster.stop();
    await s3.stop();
    rmSync(folder, { recursive: true });
  }, startMs);

  const serviceState = async () => (await native.ok<{ state: string }>('GET', `${project}/services/${service}`)).state;
  const running = () =>
    waitFor(async () => (await serviceState()) === 'running', { what: 'The service’s start', timeoutMs: 40_000 });
  const ended = async (actionId: string) => {
    let last = { state: '', message: null as string | null };
    await waitFor(
      async () => {
        last = await native.ok('GET', `${project}/actions/${actionId}`);
        return ['success', 'failed', 'canceled'].includes(last.state);
      },
      { what: 'The end of an action', timeoutMs: 60_000, intervalMs: 50 },
    );
    return last;
  };
  const volumeOf = (name: string) => native.ok<{ id: string; nodeId: string }>('GET', `${project}/volumes/${name}`);
  const back = async () => {
    const { backup, action } = await native.ok<Begun>('POST', `${project}/backups`, { volume: 'data', targetId });
    expect(await ended(action.id)).toMatchObject({ state: 'success' });
    return native.ok<Backup>('GET', `${project}/backups/${backup.id}`);
  };
  const archive = async (volume: string, body?: Buffer): Promise<Buffer> => {
    const response = await fetch(`${cluster.apiUrls[1]}/api/v1${project}/volumes/${volume}/archive`, {
      method: body ? 'PUT' : 'GET',
      headers: { authorization: `Bearer ${cluster.credentials.apiKey}`, 'content-type': 'application/x-tar' },
      ...(body && { body: new Uint8Array(body) }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const tar = (args: string[], input?: Buffer) => execFileSync('tar', args, { ...(input && { input }) }).toString();
  /** Modes, owners, sizes, names and what links lead to, and the content; without what containers wrote at their start. */
  const state = async (volume: string) => {
    const content = await archive(volume);
    const listed = tar(['--numeric-owner', '-tvf', '-'], content)
      .split('\n')
      .filter((line) => !/ (\.\/)?seen$| \.\/$/.test(line));
    const name =
      listed
        .find((line) => line.startsWith('-') && line.endsWith('one'))
        ?.split(' ')
        .at(-1) ?? '';
    return { listed: listed.sort(), one: tar(['-xOf', '-', name], content) };
  };
  const change = async () => {
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/one'), 'changed');
    writeFileSync(join(folder, 'more'), 'more');
    const content = execFileSync('tar', ['-cf', '-', '-C', folder, 'deep', 'more']);
    await archive('data', content);
  };

  it(
    'bring it back as it was: contents, modes, owners and links, and the container that is started finds it',
    async () => {
      const before = await state('data');
      expect(before.one).toBe('one\n');
      expect(before.listed.join('\n')).toMatch(/-rw-r----- 12\/34 .*one\n/);
      const backup = await back();
      await change();
      expect((await state('data')).one).toBe('changed');
      const refused = await native.call('POST', `${project}/backups/${backup.id}/restore`, {});
      expect([refused.status, JSON.stringify(refused.body)]).toEqual([
        409,
        expect.stringContaining('stop what runs first'),
      ]);
      await native.ok('POST', `${project}/services/${service}/stop`);
      await waitFor(async () => (await serviceState()) === 'stopped', { what: 'The stop', timeoutMs: 30_000 });
      const { action } = await native.ok<Begun>('POST', `${project}/backups/${backup.id}/restore`, {});
      expect(await ended(action.id)).toMatchObject({ state: 'success' });
      expect(await state('data')).toEqual(before);
      await native.ok('POST', `${project}/services/${service}/start`);
      await running();
      // Written by the container into what it mounts, which is what was restored.
      await waitFor(async () => (await archive('data')).includes('seen'), {
        what: 'A file of the container',
        timeoutMs: 20_000,
      });
      expect(await state('data')).toEqual(before);
      const id = (await volumeOf('data')).id;
      const kept = async () => (await cluster.engine.volumes()).filter((name) => name.includes(id));
      await waitFor(async () => (await kept()).length === 1, {
        what: 'The removal of what was before',
        timeoutMs: 45_000,
      });
    },
    testMs,
  );

  it(
    'are made when their schedule says, once by two workers',
    async () => {
      const wish = { volume: 'data', targetId, cron: '30 3 * * *', timeZone: 'Europe/Berlin', keepLast: 2 };
      const { id } = await native.ok<{ id: string }>('POST', `${project}/backup-schedules`, wish);
      const database = new pg.Client({ connectionString: cluster.postgres.url() });
      await database.connect();
      await database.query(`UPDATE backup_schedule SET next_at = now() - interval '3 days' WHERE id = $1`, [id]);
      await database.end();
      const made = async () =>
        (await native.ok<{ items: Backup[] }>('GET', `${project}/backups?scheduleId=${id}`)).items;
      await waitFor(async () => (await made())[0]?.state === 'complete', { what: 'The backup', timeoutMs: 40_000 });
      expect(await made()).toHaveLength(1);
      await native.ok('DELETE', `${project}/backup-schedules/${id}`);
    },
    testMs,
  );

  it(
    'are finished by another worker when theirs is killed, and canceled when they hang',
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
      const begun = await native.ok<Begun>('POST', `${project}/backups`, { volume: 'data', targetId });
      await arrived;
      for (const worker of cluster.workers) await cluster.kill(worker);
      s3.fault = () => null;
      expect(await native.ok('GET', `${project}/backups/${begun.backup.id}`)).toMatchObject({ state: 'running' });
      await Promise.all(cluster.workers.map((worker) => worker.start()));
      expect(await ended(begun.action.id)).toMatchObject({ state: 'success' });
      expect(s3.keysBelow('').filter((key) => key.includes(begun.backup.id))).toHaveLength(2);
      const again = hang();
      const hanging = await native.ok<Begun>('POST', `${project}/backups`, { volume: 'data', targetId });
      await again;
      await native.ok('POST', `${project}/actions/${hanging.action.id}/cancel`);
      expect(await ended(hanging.action.id)).toMatchObject({ state: 'canceled' });
      s3.fault = () => null;
      expect(s3.keysBelow('').filter((key) => key.includes(hanging.backup.id))).toEqual([]);
    },
    testMs,
  );

  it(
    'bring a volume back whose node is lost, as a new one on another node; its secret is nowhere to be read',
    async () => {
      const before = await state('data');
      const backup = await back();
      const { nodeId: lost } = await volumeOf('data');
      const agent = cluster.agents[cluster.nodeIds().indexOf(lost)];
      if (!agent) throw new Error('The volume is on no agent’s node.');
      await cluster.kill(agent);
      const nodeState = async () => (await native.ok<{ state: string }>('GET', `/nodes/${lost}`)).state;
      await waitFor(async () => (await nodeState()) === 'lost', { what: 'The loss of the node', timeoutMs: 20_000 });
      const { action } = await native.ok<Begun>('POST', `${project}/backups/${backup.id}/restore`, { into: 'again' });
      expect(await ended(action.id)).toMatchObject({ state: 'success' });
      expect(await state('again')).toEqual(before);
      await agent.start();
      const secret = s3.account.secretAccessKey;
      const shown = await native.ok('GET', `${project}/backup-targets/${targetId}`);
      expect(JSON.stringify(shown)).not.toContain(secret);
      expect(
        execFileSync('sh', ['-c', `cat ${cluster.state.file('logs')}/*`], { maxBuffer: 2 ** 28 }).includes(secret),
      ).toBe(false);
      const deleted = await native.ok<Begun>('DELETE', `${project}/backups/${backup.id}`);
      expect(await ended(deleted.action.id)).toMatchObject({ state: 'success' });
      expect(s3.keysBelow('').filter((key) => key.includes(backup.id))).toEqual([]);
    },
    testMs,
  );
});
