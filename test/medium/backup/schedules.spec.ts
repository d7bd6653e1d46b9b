import { BackupRetention } from '#libs/core/backup/backup.retention.js';
import { BackupScheduleService, type NewSchedule } from '#libs/core/backup/backup-schedule.service.js';
import { BackupScheduler } from '#libs/core/backup/backup.scheduler.js';
import { newId } from '#libs/platform/id.js';
import { createLog } from '#libs/platform/log.js';
import { BackupWorld } from './world.js';

const hourMs = 3_600_000;
const log = createLog('worker', 'silent');

let world: BackupWorld;
let schedules: BackupScheduleService;
let targetId: string;
beforeAll(async () => {
  world = await BackupWorld.open();
  schedules = new BackupScheduleService(world.store.work, world.clock);
  targetId = await world.target();
});
afterEach(() => world.store.sql('DELETE FROM backup_schedule'));
afterAll(() => world.close());

const scheduler = () => new BackupScheduler(world.store.work, world.clock, 60_000, log);
const hourly = async (given: Partial<NewSchedule> = {}) => {
  const volume = await world.volume();
  const wish = {
    cron: '0 * * * *',
    timeZone: 'UTC',
    enabled: true,
    keepLast: null,
    keepDays: null,
    targetId,
    ...given,
  };
  return schedules.create(world.context, { volume: volume.name, ...wish });
};
const backupsOf = (scheduleId: string) => world.commands.list(world.context, { scheduleId, after: null, limit: 100 });
const read = (id: string) => schedules.get(world.context, id);

it('is due at its time, once however many look, and tells its next time', async () => {
  const { id, nextAt } = await hourly();
  expect(nextAt?.getMinutes()).toBe(0);
  await scheduler().look();
  expect(await backupsOf(id)).toEqual([]);
  world.clock.advance(hourMs);
  await Promise.all([scheduler(), scheduler(), scheduler(), scheduler()].map((one) => one.look()));
  expect(await backupsOf(id)).toHaveLength(1);
  const after = await read(id);
  expect(after.nextAt?.getTime()).toBe((nextAt?.getTime() ?? 0) + hourMs);
  expect(after).toMatchObject({ lastMessage: null });
  await world.settle();
  const [backup] = await backupsOf(id);
  expect(backup).toMatchObject({ state: 'complete', scheduleId: id });
  expect(await world.action(backup?.actionId ?? '')).toMatchObject({
    origin: 'system',
    state: 'success',
    verb: 'backup',
  });
});

it('makes up once what was missed while nothing ran', async () => {
  const { id } = await hourly();
  world.clock.advance(10 * hourMs);
  await scheduler().look();
  await scheduler().look();
  expect(await backupsOf(id)).toHaveLength(1);
  expect((await read(id)).nextAt?.getTime()).toBeGreaterThan(world.clock.now().getTime());
  await world.settle();
});

it('leaves a time out, and says why, while the volume is busy or the quota used up', async () => {
  const { id, volumeId } = await hourly();
  await world.commands.create(world.context, volumeId, targetId);
  world.clock.advance(hourMs);
  await scheduler().look();
  expect(await backupsOf(id)).toEqual([]);
  expect(await read(id)).toMatchObject({ lastMessage: expect.stringContaining('is being backed up') });
  await world.settle();
  const limit = (most: number | null) =>
    world.store.work.platform((tx) => tx.quotas.setLimit(world.context.organizationId, null, 'backups', most));
  const used = await world.used('backups');
  await limit(0);
  world.clock.advance(hourMs);
  await scheduler().look();
  expect(await read(id)).toMatchObject({ lastMessage: expect.stringContaining('backups') });
  expect(await world.used('backups')).toBe(used);
  await limit(null);
  world.clock.advance(hourMs);
  await scheduler().look();
  expect(await read(id)).toMatchObject({ lastMessage: null });
  expect(await backupsOf(id)).toHaveLength(1);
  await world.settle();
});

it('is not due while it is switched off, and makes up nothing of that time', async () => {
  const { id } = await hourly();
  expect(await schedules.update(world.context, id, { enabled: false })).toMatchObject({ nextAt: null });
  world.clock.advance(5 * hourMs);
  await scheduler().look();
  const { nextAt } = await schedules.update(world.context, id, { enabled: true });
  expect(nextAt?.getTime()).toBeGreaterThan(world.clock.now().getTime());
  await scheduler().look();
  expect(await backupsOf(id)).toEqual([]);
});

it('keeps as many as it says: the others are deleted, with their objects, and not those of other schedules', async () => {
  const { id, volumeId } = await hourly({ keepLast: 2 });
  const other = await world.commands.create(world.context, volumeId, targetId);
  await world.settle();
  for (let n = 0; n < 4; n += 1) {
    world.clock.advance(hourMs);
    await scheduler().look();
    await world.settle();
  }
  const made = await backupsOf(id);
  expect(made).toHaveLength(4);
  const retention = () => new BackupRetention(world.store.work, world.clock, 60_000);
  await Promise.all([retention().look(), retention().look()]);
  await world.settle();
  expect((await backupsOf(id)).map((backup) => backup.id)).toEqual(made.slice(0, 2).map((backup) => backup.id));
  for (const gone of made.slice(2)) expect(world.s3.keysBelow('').filter((key) => key.includes(gone.id))).toEqual([]);
  expect(await world.backup(other.backup.id)).toMatchObject({ state: 'complete' });
});

it('goes with its volume; a target that it uses stays', async () => {
  const { id, volumeId } = await hourly();
  const deleting = world.targets.delete(world.context, targetId);
  await expect(deleting).rejects.toThrow(/has 1 schedule and \d+ backups; delete those first/);
  await world.store.sql('DELETE FROM volume WHERE id = $1', [volumeId]);
  await expect(read(id)).rejects.toMatchObject({ code: 'not-found' });
});

it('is listed by keyset, of one volume or all', async () => {
  const made = [await hourly(), await hourly(), await hourly()];
  const list = (after: string | null, limit: number, volumeId?: string) =>
    schedules.list(world.context, { after, limit, volumeId });
  const first = await list(null, 2);
  const rest = await list(first.at(-1)?.id ?? null, 2);
  expect([...first, ...rest].map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  expect((await list(null, 9, made[1]?.volumeId)).map(({ id }) => id)).toEqual([made[1]?.id]);
});

it.each([
  [{ cron: '* * * *' }, 'cron: give five fields'],
  [{ cron: '61 * * * *' }, 'cron: "61 * * * *" names no time'],
  [{ cron: '0 0 30 2 *' }, 'names no time'],
  [{ cron: '* * * * *' }, 'every five minutes at most'],
  [{ cron: '0,2 3 * * *' }, 'every five minutes at most'],
  [{ timeZone: 'Mars/Olympus' }, 'timeZone: "Mars/Olympus" is no time zone'],
  [{ targetId: newId<string>() }, 'No such backup target'],
])('is refused with %j', async (given, text) => {
  await expect(hourly(given)).rejects.toThrow(text);
});

it('follows the clocks of its time zone', async () => {
  const at = (cron: string, timeZone: string, from: string) => {
    world.clock.advance(new Date(from).getTime() - world.clock.now().getTime());
    return hourly({ cron, timeZone }).then(({ nextAt }) => nextAt?.toISOString());
  };
  expect(await at('30 3 * * *', 'Europe/Berlin', '2026-01-10T12:00:00Z')).toBe('2026-01-11T02:30:00.000Z');
  expect(await at('30 3 * * *', 'Europe/Berlin', '2026-07-10T12:00:00Z')).toBe('2026-07-11T01:30:00.000Z');
  expect(await at('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:30:00.000Z');
  expect(await at('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:31:00Z')).toBe('2026-10-26T01:30:00.000Z');
});
