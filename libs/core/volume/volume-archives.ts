import type { Readable } from 'node:stream';
import { DomainError, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { NodeStreams } from '../stream/node-streams.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { volumeEvent } from './container-volumes.js';
import { chooseNode, reachVolume, type ReachableVolume } from './volume-place.js';
import type { VolumeRecord } from './volume.repository.port.js';

/**
 * Files of volumes out and in, as tars, whether a container uses the volume or not. Nothing is held here: the slowest
 * side sets the pace. Errors: `not-found` (volume, path), `state`, `unavailable` (its node), `invalid` (path, tar).
 */
export class VolumeArchives {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly streams: NodeStreams,
  ) {}

  /** What is in a directory, without its own name, or one file. */
  async read(context: RequestContext, nameOrId: string, path: string): Promise<Readable> {
    authorize(context, 'volume-data', 'read');
    const { volume, reach } = await this.find(context, nameOrId);
    if (!reach) throw new DomainError('state', `Volume "${volume.name}" was never used; there is nothing in it.`);
    return this.streams.readVolume(reach.nodeId, reach.onNode, path);
  }

  /**
   * Unpacks a tar in a directory that is there. A volume that nothing used yet is put on a node for it, where its
   * containers will then run. Also `quota` when it is more than the volume may hold, and `state` while the volume is
   * restored, or when it was meanwhile: what came is not in it then. The content is null when what was sent is no tar,
   * which is said last: whether there is such a volume is not to be learnt from it.
   */
  async write(context: RequestContext, nameOrId: string, path: string, content: Readable | null): Promise<void> {
    authorize(context, 'volume-data', 'update');
    const found = await this.find(context, nameOrId);
    if (!content) throw new DomainError('unsupported-media', 'Send the files as a tar, of type application/x-tar.');
    await this.requireAtRest(context, found.volume);
    const { volume, nodeId, onNode } = found.reach ?? (await this.put(context, found.volume));
    const { sizeLimitBytes, usedBytes } = volume;
    const mostBytes = sizeLimitBytes === null ? null : Math.max(0, sizeLimitBytes - (usedBytes ?? 0));
    try {
      await this.streams.writeVolume(nodeId, onNode, path, content, mostBytes);
      await this.requireSame(context, volume, onNode.name);
    } catch (error) {
      await this.note(context, volume, error instanceof DomainError ? error.message : 'It broke off.');
      throw error;
    }
    await this.note(context, volume, null);
  }

  private async find(
    context: RequestContext,
    nameOrId: string,
  ): Promise<{ volume: VolumeRecord; reach: ReachableVolume | null }> {
    return this.work.tenantRead(context, async (tx) => {
      const volume = await tx.volumes.get(context.projectId, nameOrId);
      if (!volume) throw notFound('volume');
      return { volume, reach: await reachVolume(tx, volume) };
    });
  }

  /** A restore puts another volume of the engine in this one’s place: what is written to it until then goes with it. */
  private async requireAtRest(context: RequestContext, { id, name }: VolumeRecord): Promise<void> {
    const work = await this.work.tenantRead(context, (tx) => tx.backupWork.ofVolume(id));
    if (work?.kind !== 'restore') return;
    throw new DomainError('state', `Volume "${name}" is being restored; copy into it when that has ended.`);
  }

  private async requireSame(context: RequestContext, { id, name }: VolumeRecord, engineName: string): Promise<void> {
    if ((await this.work.tenantRead(context, (tx) => tx.volumes.engineName(id))) === engineName) return;
    throw new DomainError('state', `Volume "${name}" was restored meanwhile; what was sent is not in it.`);
  }

  /** As the scheduler would its first container, were it in nobody’s way. */
  private async put(context: RequestContext, { id, name }: VolumeRecord): Promise<ReachableVolume> {
    return this.work.platform(async (tx) => {
      const volume = await tx.volumes.lock(context.projectId, id);
      if (!volume) throw notFound('volume');
      if (volume.nodeId === null) {
        volume.nodeId = await chooseNode(tx, volume);
        await tx.volumes.update(volume);
        await tx.events.append([volumeEvent(volume, 'update')]);
      }
      const reach = await reachVolume(tx, volume);
      if (!reach) throw new DomainError('state', `Volume "${name}" is on no node.`);
      return reach;
    });
  }

  private async note(context: RequestContext, volume: VolumeRecord, failure: string | null): Promise<void> {
    const subject = { resourceType: 'volume' as const, resourceId: volume.id, resourceName: volume.name };
    const action = userAction(context, 'copy-in', subject, this.clock.now(), failure === null ? 'success' : 'failed');
    await this.work.tenant(context, (tx) => tx.actions.insert({ ...action, message: failure }));
  }
}
