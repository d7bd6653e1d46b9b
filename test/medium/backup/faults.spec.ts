import { gzipSync } from 'node:zlib';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import type { S3Call, S3Fault } from '#libs/testing/s3/s3-server.fake.js';
import { tarOf } from '../../conformance/runtime/lab.js';
import { BackupWorld } from './world.js';

let world: BackupWorld;
let targetId: string;
beforeAll(async () => {
  world = await BackupWorld.open();
  targetId = await world.target();
});
beforeEach(() => {
  world.s3.fault = () => null;
  world.engine.source = null;
});
afterAll(() => world.close());

const begin = async () => {
  const volume = await world.volume();
  return { volume, ...(await world.commands.create(world.context, volume.id, targetId)) };
};
const complete = async () => {
  const begun = await begin();
  await world.settle();
  const backup = await world.commands.get(world.context, begun.backup.id);
  return { ...begun, backup, object: backup.objectKey ?? '' };
};
/** Ended, with what was said of it; nothing of it is in the store. */
const failed = async (
  { backup, action }: { backup: { id: string }; action: { id: string } },
  text: string | RegExp,
) => {
  const [row, act] = [await world.backup(backup.id), await world.action(action.id)];
  expect([row?.state, act?.state]).toEqual(['failed', 'failed']);
  expect(act?.message).toMatch(text);
  expect(row?.message).toBe(act?.message);
  expect(world.s3.keysBelow('').filter((key) => key.includes(backup.id))).toEqual([]);
  expect([...world.s3.uploads.values()].filter(({ key }) => key.includes(backup.id))).toEqual([]);
};
/** Random, so that it stays as large when it is compressed. */
const large = function* () {
  const content = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < content.length; at += 4) content.writeUInt32LE((at * 2654435761) % 2 ** 32, at);
  for (let part = 0; part < 24; part += 1) yield Buffer.from(content.map((byte, at) => byte ^ (at * part)));
};
/** Resolves when the first call that `is` arrives; that one and others like it wait for `open`. */
const gate = (is: (call: S3Call) => boolean) => {
  let [open, reached] = [() => {}, () => {}];
  const opened = new Promise<void>((resolve) => (open = resolve));
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  world.s3.fault = async (call): Promise<S3Fault> => {
    if (!is(call)) return null;
    reached();
    await opened;
    return null;
  };
  return { arrived, open };
};
const isPart = ({ query }: S3Call) => query.has('partNumber');

describe('a store', () => {
  it('that is at fault for a while is asked again, and the backup is whole', async () => {
    let left = 7;
    world.s3.fault = ({ method }) => (method === 'PUT' && left-- > 0 ? 500 : null);
    const { backup, action } = await complete();
    expect(backup.state).toBe('complete');
    expect(await world.action(action.id)).toMatchObject({ state: 'success' });
  });

  it('that stays at fault, or is slow, makes it fail', async () => {
    world.s3.fault = ({ method }) => (method === 'PUT' ? 500 : null);
    const first = await begin();
    await world.settle();
    world.s3.fault = () => null;
    await failed(first, 'is at fault');
    const second = await begin();
    world.s3.fault = ({ method }) => (method === 'PUT' ? 'hang' : null);
    await world.settle(world.runner({ stallMs: 200 }));
    world.s3.fault = () => null;
    await failed(second, 'Nothing moved for');
  });

  it('that no longer knows the key, or has no such bucket, is not asked twice', async () => {
    let asked = 0;
    world.s3.fault = ({ method }) => (method === 'PUT' && (asked += 1) > 0 ? 403 : null);
    const begun = await begin();
    await world.settle();
    world.s3.fault = () => null;
    await failed(begun, 'may not do what backups need');
    expect(asked).toBe(1);
    await expect(world.target({ bucket: 'absent' })).rejects.toMatchObject({ detail: { field: 'bucket' } });
    await expect(world.target({ secretAccessKey: 'wrong' })).rejects.toMatchObject({
      detail: { field: 'secretAccessKey' },
    });
  });
});

describe('what is to be restored', () => {
  const restoring = async (id: string) => {
    const { action } = await world.commands.restore(world.context, id, null);
    await world.settle();
    return world.action(action.id);
  };

  it.each([
    ['is cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 9), 'is not whole'],
    [
      'is altered',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 60 ? byte ^ 255 : byte))),
      'cannot be restored',
    ],
    ['is another one', () => gzipSync(tarOf('file', 'Of somebody else.')), 'with another checksum'],
    ['is gone', () => null, 'does not have it any more'],
  ])('and %s is refused, and the volume stays as it is', async (_how, change, text) => {
    const { volume, backup, object } = await complete();
    await world.write(volume, 'Changed since.');
    const before = await world.reach(volume.id);
    const discarded = (await world.discarded()).length;
    const bytes = change(world.s3.objects.get(object) ?? Buffer.alloc(0));
    if (bytes) world.s3.objects.set(object, bytes);
    else world.s3.objects.delete(object);
    expect(await restoring(backup.id)).toMatchObject({ state: 'failed', message: expect.stringContaining(text) });
    expect((await world.reach(volume.id)).onNode.name).toBe(before.onNode.name);
    expect(await world.read(volume.id)).toContain('Changed since.');
    // What was unpacked beside is removed by its node.
    expect((await world.discarded()).length).toBe(discarded + 1);
    const counted = await world.used('volumes');
    const into = await world.commands.restore(world.context, backup.id, `made-for-${backup.id.slice(0, 8)}`);
    await world.settle();
    expect(await world.action(into.action.id)).toMatchObject({ state: 'failed' });
    expect(await world.used('volumes')).toBe(counted);
    expect(await world.store.sql('SELECT id FROM volume WHERE id = $1', [into.volume.id])).toEqual([]);
  });
});

describe('a worker', () => {
  it('that dies in the middle is followed by another one, which begins anew', async () => {
    const { backup, action } = await begin();
    const dead = await world.store.work.platform((tx) => tx.backupWork.claim(crypto.randomUUID(), 300));
    expect(dead?.backupId).toBe(backup.id);
    const prefix = `volumes/${backup.projectId}/${backup.volumeId}/${backup.id}/`;
    world.s3.uploads.set('left', { key: `${prefix}dead/volume.tar.gz`, parts: new Map() });
    world.s3.objects.set(`${prefix}dead/other`, Buffer.alloc(3));
    await world.settle();
    expect(await world.action(action.id)).toMatchObject({ state: 'success' });
    expect(world.s3.uploads.size).toBe(0);
    expect(world.s3.keysBelow(prefix)).toHaveLength(2);
  });

  it('that follows three dead ones gives up', async () => {
    const begun = await begin();
    for (let n = 0; n < 3; n += 1) {
      await world.store.work.platform((tx) => tx.backupWork.claim(crypto.randomUUID(), 1));
      await world.store.sql(`UPDATE backup_work SET lease_until = now() - interval '1 second'`);
    }
    await world.settle();
    await failed(begun, '3 workers ended in the middle of it');
  });

  it('that lost its lease changes nothing any more, however far it is', async () => {
    const begun = await begin();
    const { arrived, open } = gate(({ key, method }) => method === 'PUT' && key.endsWith('manifest.json'));
    const late = world.runner({ keepMs: 30_000 });
    await late.look();
    await arrived;
    // Another one has taken it, and died.
    await world.store.sql(
      `UPDATE backup_work SET holder = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 second' WHERE backup_id = $1`,
      [begun.backup.id],
    );
    open();
    await late.idle();
    expect(await world.backup(begun.backup.id)).toMatchObject({ state: 'running', objectKey: null });
    expect((await world.action(begun.action.id))?.endedAt).toBeNull();
    await world.settle();
    expect(await world.action(begun.action.id)).toMatchObject({ state: 'success' });
    expect(world.s3.keysBelow('').filter((key) => key.includes(begun.backup.id))).toHaveLength(2);
  });

  it('that is stopped leaves its work to another one at once, and no attempt is counted', async () => {
    world.engine.source = large;
    const begun = await begin();
    const { arrived, open } = gate(isPart);
    const stopping = world.runner();
    await stopping.look();
    await arrived;
    await stopping.stop();
    open();
    const [work] = await world.store.sql<{ attempts: number; holder: string | null }>(
      'SELECT attempts, holder FROM backup_work',
    );
    expect(work).toEqual({ attempts: 0, holder: null });
    expect(world.s3.uploads.size).toBe(0);
    await world.settle();
    expect(await world.action(begun.action.id)).toMatchObject({ state: 'success' });
  });

  it('does each once, however many look at the same time', async () => {
    const begun = await Promise.all([begin(), begin(), begin(), begin(), begin()]);
    const runners = [world.runner(), world.runner(), world.runner()];
    await Promise.all(runners.map((runner) => world.settle(runner)));
    for (const { backup, action } of begun) {
      expect(await world.action(action.id)).toMatchObject({ state: 'success' });
      expect(world.s3.keysBelow('').filter((key) => key.includes(backup.id))).toHaveLength(2);
    }
  });
});

it('a cancel ends it, leaves nothing in the store, and gives the quota back', async () => {
  const counted = await world.used('backups');
  world.engine.source = large;
  const { backup, action } = await begin();
  const { arrived } = gate(isPart);
  const runner = world.runner();
  await runner.look();
  await arrived;
  const nobody = null as never;
  const actions = new ActionCommands(world.store.work, world.clock, nobody, nobody, nobody);
  expect(await actions.cancel(world.context, action.id)).toMatchObject({ state: 'canceling' });
  await runner.idle();
  expect(await world.action(action.id)).toMatchObject({ state: 'canceled', message: 'Canceled by its user.' });
  expect(await world.backup(backup.id)).toMatchObject({ state: 'canceled' });
  expect(world.s3.uploads.size).toBe(0);
  expect(world.s3.keysBelow('').filter((key) => key.includes(backup.id))).toEqual([]);
  expect(await world.used('backups')).toBe(counted);
  await expect(actions.cancel(world.context, action.id)).rejects.toMatchObject({ code: 'state' });
  // One that nobody has begun is ended by whoever takes it.
  const waiting = await begin();
  await actions.cancel(world.context, waiting.action.id);
  await world.settle();
  expect(await world.action(waiting.action.id)).toMatchObject({ state: 'canceled' });
});

it('what is not done by its deadline is given up', async () => {
  const begun = await begin();
  await world.store.sql('UPDATE backup_work SET deadline_at = $1', [new Date(world.clock.now().getTime() + 400)]);
  world.s3.fault = ({ method }) => (method === 'PUT' ? 'hang' : null);
  await world.settle();
  world.s3.fault = () => null;
  await failed(begun, 'by its deadline');
});

it('progress is told while it goes on', async () => {
  world.engine.source = large;
  const { backup, action } = await begin();
  const { arrived, open } = gate(isPart);
  const runner = world.runner();
  await runner.look();
  await arrived;
  let said = 0;
  for (
    const end = Date.now() + 10_000;
    said === 0 && Date.now() < end;
    await new Promise((next) => setTimeout(next, 20))
  )
    said = (await world.backup(backup.id))?.doneBytes ?? 0;
  expect(said).toBeGreaterThan(0);
  expect(await world.action(action.id)).toMatchObject({
    state: 'in-progress',
    message: expect.stringMatching(/^\d+\.\d MB/),
  });
  open();
  await runner.idle();
  expect(await world.action(action.id)).toMatchObject({ state: 'success' });
});

it('a node that is lost in the middle makes it fail truthfully', async () => {
  let reached: () => void = () => {};
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  world.engine.source = async function* () {
    yield Buffer.alloc(64 * 1024);
    reached();
    await new Promise(() => undefined);
  };
  const begun = await begin();
  const settled = world.settle();
  await arrived;
  await world.node.agent.stop();
  await settled;
  await failed(begun, /node|connection/i);
});
