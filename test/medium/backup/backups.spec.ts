import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { until } from '#apps/agent/testing/until.js';
import { VolumeArchives } from '#libs/core/volume/volume-archives.js';
import { newId } from '#libs/platform/id.js';
import { tarOf } from '../../conformance/runtime/lab.js';
import { aContainer } from '../store/records.js';
import { BackupWorld } from './world.js';

let world: BackupWorld;
let targetId: string;
beforeAll(async () => {
  world = await BackupWorld.open();
  targetId = await world.target({ prefix: 'of/tests' });
});
afterAll(() => world.close());

const complete = async (volumeId: string) => {
  const { backup, action } = await world.commands.create(world.context, volumeId, targetId);
  expect([backup.state, action.state]).toEqual(['pending', 'pending']);
  await world.settle();
  expect(await world.action(action.id)).toMatchObject({ state: 'success', message: null });
  return world.commands.get(world.context, backup.id);
};
const restore = async (id: string, into: string | null = null) => {
  const begun = await world.commands.restore(world.context, id, into);
  await world.settle();
  return { ...begun, ended: await world.action(begun.action.id) };
};

it('a backup is one object with a manifest that says what it is, and the database says the same', async () => {
  const volume = await world.volume('Of some length.');
  const backup = await complete(volume.id);
  const keys = world.s3.keysBelow(`of/tests/volumes/${world.context.projectId}/${volume.id}/`);
  expect(keys).toHaveLength(2);
  const [manifest = '', object = ''] = keys;
  const bytes = world.s3.objects.get(object) ?? Buffer.alloc(0);
  const said = {
    objectBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    contentBytes: gunzipSync(bytes).length,
  };
  expect(backup).toMatchObject({
    state: 'complete',
    ...said,
    message: null,
    objectKey: object.replace('of/tests/', ''),
  });
  expect(backup.entries).toBeGreaterThan(0);
  expect(JSON.parse(world.s3.objects.get(manifest)?.toString() ?? '')).toMatchObject({
    ...{ ...said, object: 'volume.tar.gz', entries: backup.entries, backupId: backup.id },
    volume: { id: volume.id, name: volume.name },
  });
  expect(gunzipSync(bytes).toString()).toContain('Of some length.');
});

it('a restore brings the volume to what it held then; what it held since goes', async () => {
  const volume = await world.volume();
  const backup = await complete(volume.id);
  await world.write(volume, 'Changed since.');
  const before = (await world.reach(volume.id)).onNode.name;
  const { ended } = await restore(backup.id);
  expect(ended).toMatchObject({ state: 'success' });
  expect(await world.read(volume.id)).toContain('As it was.');
  expect((await world.reach(volume.id)).onNode.name).not.toBe(before);
  expect(await world.discarded()).toContain(before);
  await restore(backup.id);
  expect(await world.read(volume.id)).toContain('As it was.');
});

it('a copy into a volume is refused while that is restored, and not said to be in it when it was restored meanwhile', async () => {
  const volume = await world.volume();
  const backup = await complete(volume.id);
  const archives = new VolumeArchives(world.store.work, world.clock, world.streams);
  const copy = (content: Readable) => archives.write(world.context, volume.name, '/', content);
  const sent = tarOf('file', 'Sent meanwhile.');
  const slow = new PassThrough();
  slow.write(sent.subarray(0, 512));
  const begunBefore = copy(slow);
  await until('the copy has begun', () => slow.readableLength === 0);
  const { action } = await world.commands.restore(world.context, backup.id, null);
  await expect(copy(Readable.from([sent]))).rejects.toMatchObject({
    code: 'state',
    message: `Volume "${volume.name}" is being restored; copy into it when that has ended.`,
  });
  await world.settle();
  expect(await world.action(action.id)).toMatchObject({ state: 'success' });
  slow.end(sent.subarray(512));
  await expect(begunBefore).rejects.toMatchObject({
    code: 'state',
    message: `Volume "${volume.name}" was restored meanwhile; what was sent is not in it.`,
  });
  expect(await world.read(volume.id)).toContain('As it was.');
  await copy(Readable.from([sent]));
  expect(await world.read(volume.id)).toContain('Sent meanwhile.');
});

it('a restore into a new volume leaves the other alone, and counts', async () => {
  const volume = await world.volume();
  const backup = await complete(volume.id);
  await world.write(volume, 'Changed since.');
  const counted = await world.used('volumes');
  const { ended, volume: made } = await restore(backup.id, 'restored');
  expect(ended).toMatchObject({ state: 'success' });
  expect(await world.read(made.id)).toContain('As it was.');
  expect(await world.read(volume.id)).toContain('Changed since.');
  expect(await world.used('volumes')).toBe(counted + 1);
  await expect(world.commands.restore(world.context, backup.id, 'restored')).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(world.commands.restore(world.context, backup.id, 'no name')).rejects.toMatchObject({ code: 'invalid' });
});

it('a volume whose node was taken out of the platform is restored on another one', async () => {
  const volume = await world.volume();
  const backup = await complete(volume.id);
  const gone = newId<string>();
  await world.store.sql(`INSERT INTO node (id, name, state, removed_at) VALUES ($1, 'gone', 'removed', now())`, [gone]);
  await world.store.sql('UPDATE volume SET node_id = $2 WHERE id = $1', [volume.id, gone]);
  expect((await restore(backup.id)).ended).toMatchObject({ state: 'success' });
  expect((await world.reach(volume.id)).nodeId).toBe(world.node.nodeId);
  expect(await world.read(volume.id)).toContain('As it was.');
  await world.store.sql('DELETE FROM volume WHERE id = $1', [volume.id]);
  await expect(world.commands.restore(world.context, backup.id, null)).rejects.toThrow(
    'is gone; restore it as a new one',
  );
  const { ended, volume: made } = await restore(backup.id, 'from-the-gone');
  expect(ended).toMatchObject({ state: 'success' });
  expect(await world.read(made.id)).toContain('As it was.');
});

describe('containers that mount the volume', () => {
  const mounted = async (volumeId: string, desired: 'running' | 'stopped', state: 'running' | 'exited') => {
    const container = aContainer(world.context, { nodeId: world.node.nodeId, desired });
    await world.store.work.platform((tx) => tx.containers.insert([container]));
    await world.store.sql('UPDATE container SET state = $2 WHERE id = $1', [container.id, state]);
    await world.store.sql(
      'INSERT INTO volume_mount (container_id, target, organization_id, volume_id) VALUES ($1, $2, $3, $4)',
      [container.id, '/data', world.context.organizationId, volumeId],
    );
    return container;
  };

  it('keep it from being restored while they run, or are to', async () => {
    const volume = await world.volume();
    const backup = await complete(volume.id);
    const container = await mounted(volume.id, 'running', 'running');
    const refused = world.commands.restore(world.context, backup.id, null);
    await expect(refused).rejects.toMatchObject({ code: 'state' });
    await expect(refused).rejects.toThrow(`is used by "${container.name}"; stop what runs first`);
    await world.store.sql(`UPDATE container SET desired = 'stopped', state = 'stopping' WHERE id = $1`, [container.id]);
    await expect(world.commands.restore(world.context, backup.id, null)).rejects.toMatchObject({ code: 'state' });
    await world.store.sql(`UPDATE container SET state = 'exited' WHERE id = $1`, [container.id]);
    expect((await restore(backup.id)).ended).toMatchObject({ state: 'success' });
  });

  it('that are started meanwhile make it fail, and the volume stays as it is', async () => {
    const volume = await world.volume();
    const backup = await complete(volume.id);
    await world.write(volume, 'Changed since.');
    const { id } = await mounted(volume.id, 'stopped', 'exited');
    const { action } = await world.commands.restore(world.context, backup.id, null);
    world.s3.fault = async ({ method }) => {
      if (method === 'GET') await world.store.sql(`UPDATE container SET desired = 'running' WHERE id = $1`, [id]);
      return null;
    };
    await world.settle();
    world.s3.fault = () => null;
    expect(await world.action(action.id)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('is used by'),
    });
    expect(await world.read(volume.id)).toContain('Changed since.');
  });
});

it('a deletion removes what the store has; a failed one leaves the backup; to forget asks nobody', async () => {
  const counted = await world.used('backups');
  const volume = await world.volume();
  const backup = await complete(volume.id);
  expect(await world.used('backups')).toBe(counted + 1);
  world.s3.fault = ({ method }) => (method === 'DELETE' ? 403 : null);
  const failing = await world.commands.delete(world.context, backup.id, false);
  expect(failing.backup.state).toBe('deleting');
  await world.settle();
  world.s3.fault = () => null;
  expect(await world.action(failing.action.id)).toMatchObject({ state: 'failed' });
  expect(await world.backup(backup.id)).toMatchObject({
    state: 'complete',
    message: expect.stringContaining('not deleted'),
  });
  const { action } = await world.commands.delete(world.context, backup.id, false);
  await world.settle();
  expect(await world.action(action.id)).toMatchObject({ state: 'success' });
  expect(await world.backup(backup.id)).toBeNull();
  expect(world.s3.keysBelow('').filter((key) => key.includes(backup.id))).toEqual([]);
  const other = await complete(volume.id);
  await world.commands.delete(world.context, other.id, true);
  expect(await world.backup(other.id)).toBeNull();
  expect(world.s3.keysBelow('').filter((key) => key.includes(other.id))).toHaveLength(2);
  expect(await world.used('backups')).toBe(counted);
  expect(await world.store.work.platform((tx) => tx.quotas.recount(world.context.organizationId))).not.toContainEqual(
    expect.objectContaining({ resource: 'backups' }),
  );
});

it('a volume has one backup or restore at a time, and is not deleted meanwhile', async () => {
  const volume = await world.volume();
  const backup = await complete(volume.id);
  await world.commands.restore(world.context, backup.id, null);
  await expect(world.commands.create(world.context, volume.id, targetId)).rejects.toThrow('is being restored');
  await expect(world.commands.delete(world.context, backup.id, false)).rejects.toThrow('is being restored');
  await world.settle();
});

it('what is not there, and what holds nothing, is not backed up', async () => {
  const { context, commands } = world;
  const volume = await world.volume();
  await expect(commands.create(context, 'absent', targetId)).rejects.toMatchObject({ code: 'not-found' });
  await expect(commands.create(context, volume.id, newId())).rejects.toMatchObject({ code: 'not-found' });
  await world.store.sql('UPDATE volume SET node_id = NULL WHERE id = $1', [volume.id]);
  await expect(commands.create(context, volume.id, targetId)).rejects.toThrow('was never used');
  await world.store.work.platform((tx) => tx.quotas.setLimit(context.organizationId, null, 'backups', 0));
  const another = await world.volume();
  await expect(commands.create(context, another.id, targetId)).rejects.toMatchObject({ code: 'quota' });
  await world.store.work.platform((tx) => tx.quotas.setLimit(context.organizationId, null, 'backups', null));
});
