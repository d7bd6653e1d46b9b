import { newId } from '#libs/platform/id.js';
import { aBackup, aBackupSchedule, aBackupTarget } from '../store/backup.records.js';
import { unique, type Cast, type TenantCast } from './cast.js';
import { none, oneOf, stateful, volume, type Maker, type RouteFixture } from './resource.makers.js';

const placeOf = ({ organization, project }: TenantCast) => ({ organizationId: organization.id, projectId: project.id });

/** Stored as it is: nobody may be asked at its address. */
const backupTarget: Maker = async (cast, tenant) => {
  const made = aBackupTarget({ ...placeOf(tenant), name: unique('target') });
  await cast.work.platform((tx) => tx.backupTargets.insert(made, null));
  return made.id;
};

const backup: Maker = async (cast, tenant, asker) => {
  const targetId = await backupTarget(cast, tenant, asker);
  const made = aBackup({ ...placeOf(tenant), targetId, state: 'complete' });
  await cast.work.platform((tx) => tx.backups.insert(made));
  return made.id;
};

const backupSchedule: Maker = async (cast, tenant, asker) => {
  const targetId = await backupTarget(cast, tenant, asker);
  const volumeId = await volume(cast, tenant, asker);
  const made = aBackupSchedule({ ...placeOf(tenant), targetId, volumeId });
  await cast.work.platform((tx) => tx.backupSchedules.insert(made));
  return made.id;
};

const refused = [400] as const;
const absent = [404] as const;
const newTarget = () => ({
  ...{ name: unique('target'), kind: 's3', endpoint: 'https://127.0.0.1', bucket: 'backups' },
  ...{ accessKeyId: 'key', secretAccessKey: 'secret' },
});
const nothingThere = (_cast: Cast) => ({ volume: 'none', targetId: newId() });

/** As `routeFixtures`, of backups. */
export const backupFixtures: Readonly<Record<string, RouteFixture>> = {
  'GET /api/v1/backup-targets': none,
  'POST /api/v1/backup-targets': { body: newTarget, alsoLetIn: refused },
  'GET /api/v1/backup-targets/:id': oneOf(backupTarget),
  'PATCH /api/v1/backup-targets/:id': oneOf(backupTarget, {
    body: () => ({ name: unique('target') }),
    alsoLetIn: refused,
  }),
  'POST /api/v1/backup-targets/:id/validate': oneOf(backupTarget, { alsoLetIn: refused }),
  'DELETE /api/v1/backup-targets/:id': oneOf(backupTarget),
  'GET /api/v1/backups': none,
  'POST /api/v1/backups': { body: nothingThere, alsoLetIn: absent },
  'GET /api/v1/backups/:id': oneOf(backup),
  // Its volume is gone.
  'POST /api/v1/backups/:id/restore': oneOf(backup, { body: () => ({}), alsoLetIn: stateful }),
  'DELETE /api/v1/backups/:id': oneOf(backup),
  'GET /api/v1/backup-schedules': none,
  'POST /api/v1/backup-schedules': {
    body: (cast) => ({ ...nothingThere(cast), cron: '30 3 * * *' }),
    alsoLetIn: absent,
  },
  'GET /api/v1/backup-schedules/:id': oneOf(backupSchedule),
  'PATCH /api/v1/backup-schedules/:id': oneOf(backupSchedule, { body: () => ({ keepLast: 3 }) }),
  'DELETE /api/v1/backup-schedules/:id': oneOf(backupSchedule),
};
