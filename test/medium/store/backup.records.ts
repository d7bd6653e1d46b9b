import type {
  BackupRecord,
  BackupScheduleRecord,
  BackupTargetRecord,
} from '#libs/core/backup/backup.repository.port.js';
import { newId } from '#libs/platform/id.js';

type Placed<T> = Partial<T> & { organizationId: string; projectId: string };

/** At an address where nobody may be asked. */
export const aBackupTarget = (given: Placed<BackupTargetRecord>): BackupTargetRecord => ({
  id: newId(),
  name: 'target',
  settings: {
    ...{ kind: 's3', endpoint: 'https://127.0.0.1', region: 'test-1', bucket: 'backups', prefix: '' },
    ...{ pathStyle: true, accessKeyId: 'key' },
  },
  createdAt: new Date(),
  rowVersion: 1,
  ...given,
});

export const aBackup = (given: Placed<BackupRecord> & { targetId: string }): BackupRecord => ({
  id: newId(),
  volumeId: newId(),
  volumeName: 'data',
  scheduleId: null,
  actionId: newId(),
  state: 'pending',
  message: null,
  objectKey: null,
  objectBytes: null,
  contentBytes: null,
  entries: null,
  sha256: null,
  doneBytes: 0,
  createdAt: new Date(),
  startedAt: null,
  endedAt: null,
  ...given,
});

export const aBackupSchedule = (
  given: Placed<BackupScheduleRecord> & { targetId: string; volumeId: string },
): BackupScheduleRecord => ({
  id: newId(),
  cron: '30 3 * * *',
  timeZone: 'UTC',
  keepLast: null,
  keepDays: null,
  enabled: true,
  nextAt: null,
  lastAt: null,
  lastMessage: null,
  createdAt: new Date(),
  rowVersion: 1,
  ...given,
});
