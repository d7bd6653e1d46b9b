import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { namePattern } from '#libs/domain/container/template.js';
import type { VolumeAccess } from '#libs/domain/volume/volume.js';
import { Clock } from '#libs/platform/clock.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { WakeUps } from '../agent/agent-directory.port.js';
import { authorize } from '../authorization/authorize.js';
import type { FileShareRecord } from '../file-share/file-share.repository.port.js';
import type { ReconcileKey } from '../outbox/outbox.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { volumeEvent } from './container-volumes.js';
import { newVolume } from './new-volume.js';
import type { VolumeDetails, VolumeRecord } from './volume.repository.port.js';

export interface NewVolume {
  name: string;
  /** Name or id of the file share to put it on; null or absent: on a node. */
  fileShare?: string | null;
  labels?: Record<string, string>;
  access?: VolumeAccess;
  /** What may be copied into it at most, together with what it holds; null is without limit. */
  sizeLimitBytes?: number | null;
}

export type VolumeChanges = Partial<Omit<NewVolume, 'name' | 'fileShare'>>;

/** A project's volumes. One that a definition names is made by itself; one that is used cannot be deleted. */
export class VolumeCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly wakeUps: WakeUps,
  ) {}

  /** Errors: `invalid` (name, file share), `conflict`, `quota`; `state` for a share that is being deleted or failed. */
  async create(
    context: RequestContext,
    { name, fileShare = null, ...given }: NewVolume,
  ): Promise<{ volume: VolumeRecord; action: ActionRecord }> {
    authorize(context, 'volume', 'create');
    if (!namePattern.test(name)) {
      throw invalid(
        'name',
        'A volume’s name has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit.',
      );
    }
    const { share, ...made } = await this.work.tenant(context, async (tx) => {
      const share = fileShare === null ? null : await usableShare(tx, context, fileShare);
      const place = share ? { driver: 'share' as const, shareId: share.id } : {};
      const volume = newVolume(context, name, this.clock.now(), { ...given, ...place });
      await tx.quotas.take(context.organizationId, context.projectId, { volumes: 1 });
      await tx.volumes.insert(volume);
      return { share, volume, action: await this.note(tx, context, volume, 'create') };
    });
    if (share) this.wakeUps.wakeNode(share.nodeId);
    return made;
  }

  /** Also the unnamed ones of services’ instances. */
  async list(
    context: RequestContext,
    limit: number,
    offset: number,
  ): Promise<{ rows: VolumeDetails[]; total: number }> {
    authorize(context, 'volume', 'read');
    return this.work.tenantRead(context, (tx) => tx.volumes.details(context.projectId, { limit, offset }));
  }

  async get(context: RequestContext, nameOrId: string): Promise<VolumeDetails> {
    authorize(context, 'volume', 'read');
    const { rows } = await this.work.tenantRead(context, (tx) =>
      tx.volumes.details(context.projectId, { nameOrId, limit: 1, offset: 0 }),
    );
    const [volume] = rows;
    if (!volume) throw notFound('volume');
    return volume;
  }

  /** Errors: `not-found`; `state` for another access while something mounts it, which would not be held to it. */
  async update(context: RequestContext, nameOrId: string, changes: VolumeChanges): Promise<VolumeRecord> {
    authorize(context, 'volume', 'update');
    return this.work.tenant(context, async (tx) => {
      const volume = await held(tx, context, nameOrId);
      if (changes.access !== undefined && changes.access !== volume.access) {
        await requireUnused(tx, volume, 'its access can be changed while nothing mounts it');
        volume.writerId = null;
      }
      Object.assign(volume, changes);
      await tx.volumes.update(volume);
      await this.note(tx, context, volume, 'update');
      return volume;
    });
  }

  /**
   * Its node removes the engine’s volume now, or when it is back. Errors: `not-found`; `state` while a service or
   * container mounts it, naming them.
   */
  async delete(context: RequestContext, nameOrId: string): Promise<ActionRecord> {
    authorize(context, 'volume', 'delete');
    const { action, nodeId } = await this.work.tenant(context, async (tx) => {
      const volume = await held(tx, context, nameOrId);
      await requireUnused(tx, volume, 'remove that first');
      const nodeId = (await tx.volumes.shareSource(volume.id))?.nodeId ?? volume.nodeId;
      if ((await tx.backupWork.ofVolume(volume.id)) !== null) {
        throw new DomainError(
          'state',
          `Volume "${volume.name}" is being backed up or restored; wait for it, or cancel that.`,
        );
      }
      await tx.volumes.remove(volume);
      if (volume.owner === 'project') {
        await tx.quotas.take(context.organizationId, context.projectId, { volumes: -1 });
      }
      return { action: await this.note(tx, context, { ...volume, nodeId }, 'delete'), nodeId };
    });
    if (nodeId) this.wakeUps.wakeNode(nodeId);
    return action;
  }

  /**
   * Takes a volume with one writer from the container that holds it, without asking that container’s node: for one
   * that is lost and known to be dead. Errors: `not-found`; `state` when nothing holds it.
   */
  async release(context: RequestContext, nameOrId: string): Promise<VolumeDetails> {
    authorize(context, 'volume', 'operate');
    const wake = await this.work.tenant(context, async (tx) => {
      const volume = await held(tx, context, nameOrId);
      if (volume.access !== 'single-writer' || volume.writerId === null) {
        throw new DomainError('state', `No container holds volume "${volume.name}"; there is nothing to release.`);
      }
      volume.writerId = null;
      volume.fence += 1;
      await tx.volumes.update(volume);
      const users = await tx.volumes.users(volume);
      await tx.outbox.add(users.map(({ kind, id }): ReconcileKey => `${kind}:${id}`));
      await this.note(tx, context, volume, 'release');
      return tx.volumes.mountedOn(volume.id);
    });
    for (const nodeId of wake) this.wakeUps.wakeNode(nodeId);
    return this.get(context, nameOrId);
  }

  private async note(
    tx: Transaction,
    context: RequestContext,
    volume: VolumeRecord,
    verb: 'create' | 'update' | 'delete' | 'release',
  ): Promise<ActionRecord> {
    const subject = { resourceType: 'volume' as const, resourceId: volume.id, resourceName: volume.name };
    const action = userAction(context, verb, subject, this.clock.now());
    await tx.actions.insert(action);
    await tx.events.append([volumeEvent(volume, verb === 'release' ? 'update' : verb)]);
    return action;
  }
}

async function usableShare(tx: Transaction, context: RequestContext, nameOrId: string): Promise<FileShareRecord> {
  // Held, so that it is not deleted meanwhile.
  const share = await tx.fileShares.lock(context.projectId, nameOrId);
  if (!share) throw invalid('fileShare', `fileShare: the project may use no file share "${nameOrId}".`);
  if (share.state !== 'deleting' && share.state !== 'failed') return share;
  const why =
    share.state === 'deleting' ? 'is being deleted' : `failed: ${share.message ?? 'its node does not say why'}`;
  throw new DomainError('state', `File share "${share.name}" ${why}`);
}

async function requireUnused(tx: Transaction, volume: VolumeRecord, advice: string): Promise<void> {
  const users = await tx.volumes.users(volume);
  if (!users.length) return;
  const names = users.map(({ name }) => `"${name}"`).join(', ');
  throw new DomainError('state', `Volume "${volume.name}" is used by ${names}; ${advice}.`);
}

async function held(tx: Transaction, context: RequestContext, nameOrId: string): Promise<VolumeRecord> {
  const volume = await tx.volumes.lock(context.projectId, nameOrId);
  if (!volume) throw notFound('volume');
  return volume;
}
