import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BackupTargetSettings } from '#libs/domain/backup/target.js';
import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { BackupStores } from './backup-store.port.js';
import type { BackupTargetRecord, KeysetWish, SealedBackupTarget } from './backup.repository.port.js';
import { BackupVault } from './backup.vault.js';

export interface BackupTargetWish {
  name: string;
  settings: BackupTargetSettings;
  /** Null where the kind has none. */
  secret: string | null;
}

/** What is left out stays. Settings are given whole. */
export type BackupTargetChanges = { [K in keyof BackupTargetWish]?: BackupTargetWish[K] | undefined };

const mostPerProject = 500;
const probeMs = 30_000;

/**
 * Where a project’s backups go. A target is tried before it is stored, with an object that is written, read back and
 * removed, outside of any transaction. Its secret never comes back.
 */
export class BackupTargetService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly vault: BackupVault,
    private readonly stores: BackupStores,
  ) {}

  async list(context: RequestContext, wish: KeysetWish): Promise<BackupTargetRecord[]> {
    authorize(context, 'backup-target', 'read');
    return this.work.tenantRead(context, (tx) => tx.backupTargets.list(context.projectId, wish));
  }

  async get(context: RequestContext, id: string): Promise<BackupTargetRecord> {
    authorize(context, 'backup-target', 'read');
    return this.work.tenantRead(context, (tx) => reach(tx, context, id));
  }

  /** Errors: `invalid` (`name`, and what the store says no to), `conflict`, `quota`, `unavailable`, `timeout`. */
  async create(context: RequestContext, { name, settings, secret }: BackupTargetWish): Promise<BackupTargetRecord> {
    authorize(context, 'backup-target', 'create');
    const target: BackupTargetRecord = {
      id: newId(),
      organizationId: context.organizationId,
      projectId: context.projectId,
      name,
      settings,
      createdAt: this.clock.now(),
      rowVersion: 1,
    };
    const sealed = secret === null ? null : this.vault.seal(secret, target.id);
    await this.work.tenantRead(context, (tx) => this.requireRoom(tx, context));
    await this.probe({ ...target, sealedSecret: sealed });
    return this.work.tenant(context, async (tx) => {
      await this.requireRoom(tx, context);
      await holdShare(tx, target);
      await tx.backupTargets.insert(target, sealed);
      await this.note(tx, context, 'create', target);
      return target;
    });
  }

  /**
   * Backups that are there are looked for in the changed place from then on. A secret never goes to another store than
   * the one it was given for. Errors: as `create`, and `not-found`, `stale`.
   */
  async update(context: RequestContext, id: string, changes: BackupTargetChanges): Promise<BackupTargetRecord> {
    authorize(context, 'backup-target', 'update');
    const present = await this.work.tenantRead(context, (tx) => reach(tx, context, id));
    const settings = changes.settings ?? present.settings;
    requireSecretAgain(present.settings, settings, changes.secret);
    const sealed = this.sealedChange(id, settings, changes.secret);
    const target = { ...present, name: changes.name ?? present.name, settings };
    await this.probe({ ...target, sealedSecret: sealed === undefined ? present.sealedSecret : sealed });
    return this.work.tenant(context, async (tx) => {
      await holdShare(tx, target);
      await tx.backupTargets.update(target, sealed);
      await this.note(tx, context, 'update', target);
      return target;
    });
  }

  /** Tries it again. Errors: as `create`. */
  async validate(context: RequestContext, id: string): Promise<BackupTargetRecord> {
    authorize(context, 'backup-target', 'update');
    const target = await this.work.tenantRead(context, (tx) => reach(tx, context, id));
    await this.probe(target);
    return target;
  }

  /** Errors: `not-found`; `state` while schedules use it or backups are kept there. */
  async delete(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'backup-target', 'delete');
    await this.work.tenant(context, async (tx) => {
      const target = await tx.backupTargets.lock(context.projectId, id);
      if (!target) throw notFound('backup target');
      const { schedules, backups } = await tx.backupTargets.uses(id);
      const uses = [counted(schedules, 'schedule'), counted(backups, 'backup')].flatMap((text) => text ?? []);
      if (uses.length > 0) {
        throw new DomainError('state', `Backup target "${target.name}" has ${uses.join(' and ')}; delete those first.`);
      }
      await tx.backupTargets.delete(id);
      await this.note(tx, context, 'delete', target);
    });
  }

  /** What a backup will need: to write, to read the same, to list and to remove. */
  private async probe(target: SealedBackupTarget): Promise<void> {
    const store = await this.stores.open(this.vault.open(target));
    const signal = AbortSignal.timeout(probeMs);
    const prefix = `probe/${newId<string>()}/`;
    const content = randomBytes(64);
    try {
      await store.put(`${prefix}object`, Readable.from([content], { objectMode: false }), { signal, expectedBytes: 0 });
      const read = await buffer(await store.get(`${prefix}object`, signal));
      await store.clear(prefix, signal);
      if (!read.equals(content)) throw invalid('endpoint', 'endpoint: the store gave back something else than it got.');
    } catch (error) {
      if (signal.aborted) throw new DomainError('timeout', 'The backup target did not answer in time.');
      throw error;
    } finally {
      store.close();
    }
  }

  /** Undefined: it stays. A share has none. */
  private sealedChange(
    id: string,
    { kind }: BackupTargetSettings,
    secret: string | null | undefined,
  ): Buffer | null | undefined {
    if (kind === 'share' || secret === null) return null;
    return secret === undefined ? undefined : this.vault.seal(secret, id);
  }

  private async requireRoom(tx: Transaction, { projectId }: RequestContext): Promise<void> {
    const count = await tx.backupTargets.count(projectId);
    if (count >= mostPerProject) {
      throw new DomainError('quota', `This project has ${count} backup targets; no more are taken.`);
    }
  }

  private async note(
    tx: Transaction,
    context: RequestContext,
    verb: string,
    target: BackupTargetRecord,
  ): Promise<void> {
    const subject = { resourceType: 'backup-target' as const, resourceId: target.id, resourceName: target.name };
    await tx.actions.insert(userAction(context, verb, subject, this.clock.now()));
  }
}

async function reach(tx: Transaction, context: RequestContext, id: string): Promise<SealedBackupTarget> {
  const target = await tx.backupTargets.get(context.projectId, id);
  if (!target) throw notFound('backup target');
  return target;
}

/** A share is not deleted between the look at it and the target on it. */
async function holdShare(tx: Transaction, { projectId, settings }: BackupTargetRecord): Promise<void> {
  if (settings.kind !== 'share') return;
  const share = await tx.fileShares.lock(projectId, settings.shareId);
  if (!share || share.removed) throw invalid('shareId', 'shareId: the project has no such file share.');
}

function requireSecretAgain(
  before: BackupTargetSettings,
  after: BackupTargetSettings,
  secret: string | null | undefined,
): void {
  if (after.kind !== 's3' || secret !== undefined) return;
  if (before.kind === 's3' && before.endpoint === after.endpoint && before.accessKeyId === after.accessKeyId) return;
  throw invalid('secretAccessKey', 'secretAccessKey: give it again with another endpoint or access key.');
}

const counted = (count: number, what: string): string | null =>
  count === 0 ? null : count === 1 ? `1 ${what}` : `${count} ${what}s`;
