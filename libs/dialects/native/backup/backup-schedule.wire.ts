import { z } from 'zod';
import type { BackupScheduleDetails } from '#libs/core/backup/backup.repository.port.js';
import { keysetQuery } from '../wire/keyset.wire.js';

export const scheduleQuery = keysetQuery.extend({ volumeId: z.uuid().optional() });

const fields = {
  targetId: z.uuid(),
  /** Minute, hour, day, month and weekday, e.g. `30 3 * * *`. */
  cron: z.string().min(9).max(128),
  /** A name of the IANA data base. */
  timeZone: z.string().min(1).max(64),
  enabled: z.boolean(),
  /** The newest so many stay; null: all. With both limits a backup stays as long as either keeps it. */
  keepLast: z.int().min(1).max(1_000).nullable(),
  /** Those stay that are younger; null: all. */
  keepDays: z.int().min(1).max(3_650).nullable(),
};

export const newScheduleBody = z.strictObject({
  ...fields,
  /** Name or id. */
  volume: z.string().min(1).max(63),
  timeZone: fields.timeZone.default('UTC'),
  enabled: fields.enabled.default(true),
  keepLast: fields.keepLast.default(null),
  keepDays: fields.keepDays.default(null),
});

export const scheduleChangesBody = z.strictObject({
  targetId: fields.targetId.optional(),
  cron: fields.cron.optional(),
  timeZone: fields.timeZone.optional(),
  enabled: fields.enabled.optional(),
  keepLast: fields.keepLast.optional(),
  keepDays: fields.keepDays.optional(),
});

export const scheduleAnswer = z.object({
  id: z.uuid(),
  volume: z.object({ id: z.uuid(), name: z.string() }),
  target: z.object({ id: z.uuid(), name: z.string() }),
  cron: z.string(),
  timeZone: z.string(),
  enabled: z.boolean(),
  keepLast: z.int().nullable(),
  keepDays: z.int().nullable(),
  /** Null while it is switched off. */
  nextAt: z.iso.datetime().nullable(),
  /** When it was due last; */
  lastAt: z.iso.datetime().nullable(),
  /** and why no backup was begun then; null when one was. */
  lastMessage: z.string().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toSchedule = (schedule: BackupScheduleDetails): z.infer<typeof scheduleAnswer> => ({
  id: schedule.id,
  volume: { id: schedule.volumeId, name: schedule.volumeName },
  target: { id: schedule.targetId, name: schedule.targetName },
  cron: schedule.cron,
  timeZone: schedule.timeZone,
  enabled: schedule.enabled,
  keepLast: schedule.keepLast,
  keepDays: schedule.keepDays,
  nextAt: schedule.nextAt?.toISOString() ?? null,
  lastAt: schedule.lastAt?.toISOString() ?? null,
  lastMessage: schedule.lastMessage,
  createdAt: schedule.createdAt.toISOString(),
  resourceUri: `/api/v1/projects/${schedule.projectId}/backup-schedules/${schedule.id}`,
});
