import { z } from 'zod';
import type { BackupTargetChanges, BackupTargetWish } from '#libs/core/backup/backup-target.service.js';
import type { BackupTargetRecord } from '#libs/core/backup/backup.repository.port.js';
import { backupTargetKinds } from '#libs/domain/backup/target.js';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/);
/** A path without a slash at either end. */
const path = z
  .string()
  .max(512)
  .regex(/^(?:[A-Za-z0-9!_.*'()-]+(?:\/[A-Za-z0-9!_.*'()-]+)*)?$/)
  .refine((text) => !text.split('/').some((part) => /^\.+$/.test(part)), 'no part of it may be of dots only');

const s3 = {
  kind: z.literal('s3'),
  /** Where the store answers, e.g. `https://s3.eu-central-1.example`. */
  endpoint: z.url().max(512),
  region: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/)
    .default('us-east-1'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/),
  prefix: path.default(''),
  /** The bucket stands in the path rather than in the host’s name. */
  pathStyle: z.boolean().default(true),
  accessKeyId: z.string().regex(/^[\x21-\x7e]{1,256}$/),
};
const secretAccessKey = z.string().regex(/^[\x21-\x7e]{1,1024}$/);

/** A file share that the project owns or may use. */
const share = { kind: z.literal('share'), shareId: z.uuid() };

export const newBackupTargetBody = z.discriminatedUnion('kind', [
  z.strictObject({ name, ...s3, secretAccessKey }),
  z.strictObject({ name, ...share }),
]);
export const backupTargetChangesBody = z.strictObject({
  name: name.optional(),
  /** Whole, when anything of it changes. */
  settings: z.discriminatedUnion('kind', [z.strictObject(s3), z.strictObject(share)]).optional(),
  secretAccessKey: secretAccessKey.optional(),
});

export const backupTargetAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(backupTargetKinds),
  endpoint: z.string().nullable(),
  region: z.string().nullable(),
  bucket: z.string().nullable(),
  prefix: z.string().nullable(),
  pathStyle: z.boolean().nullable(),
  accessKeyId: z.string().nullable(),
  shareId: z.uuid().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

const noSettings = {
  endpoint: null,
  region: null,
  bucket: null,
  prefix: null,
  pathStyle: null,
  accessKeyId: null,
  shareId: null,
} as const;

export const toBackupTarget = (target: BackupTargetRecord): z.infer<typeof backupTargetAnswer> => ({
  ...noSettings,
  id: target.id,
  name: target.name,
  ...target.settings,
  createdAt: target.createdAt.toISOString(),
  resourceUri: `/api/v1/projects/${target.projectId}/backup-targets/${target.id}`,
});

export const toTargetWish = (body: z.output<typeof newBackupTargetBody>): BackupTargetWish => {
  if (body.kind === 'share') {
    const { name: called, ...settings } = body;
    return { name: called, settings, secret: null };
  }
  const { name: called, secretAccessKey: secret, ...settings } = body;
  return { name: called, settings, secret };
};

export const toTargetChanges = (body: z.output<typeof backupTargetChangesBody>): BackupTargetChanges => ({
  name: body.name,
  settings: body.settings,
  secret: body.secretAccessKey,
});
