import type { Readable } from 'node:stream';
import { placeContainers } from '#libs/control/schedule/place-containers.js';
import type { ShareSource } from '#libs/domain/file-share/mount.js';
import { DomainError, notFound } from '#libs/domain/error.js';
import { serviceSpec } from '#libs/domain/service/spec.js';
import { Clock } from '#libs/platform/clock.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { NodeStreams, type VolumeOnNode } from '../stream/node-streams.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { volumeEvent } from './container-volumes.js';
import type { VolumeRecord } from './volume.repository.port.js';

interface Reachable {
  volume: VolumeRecord;
  nodeId: string;
  onNode: VolumeOnNode;
}

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
   * containers will then run. Also `quota` when it is more than the volume may hold. The content is null when what was
   * sent is no tar, which is said last: whether there is such a volume is not to be learnt from it.
   */
  async write(context: RequestContext, nameOrId: string, path: string, content: Readable | null): Promise<void> {
    authorize(context, 'volume-data', 'update');
    const found = await this.find(context, nameOrId);
    if (!content) throw new DomainError('unsupported-media', 'Send the files as a tar, of type application/x-tar.');
    const { volume, nodeId, onNode } = found.reach ?? (await this.put(context, found.volume));
    const { sizeLimitBytes, usedBytes } = volume;
    const mostBytes = sizeLimitBytes === null ? null : Math.max(0, sizeLimitBytes - (usedBytes ?? 0));
    try {
      await this.streams.writeVolume(nodeId, onNode, path, content, mostBytes);
    } catch (error) {
      await this.note(context, volume, error instanceof DomainError ? error.message : 'It broke off.');
      throw error;
    }
    await this.note(context, volume, null);
  }

  private async find(
    context: RequestContext,
    nameOrId: string,
  ): Promise<{ volume: VolumeRecord; reach: Reachable | null }> {
    return this.work.tenantRead(context, async (tx) => {
      const volume = await tx.volumes.get(context.projectId, nameOrId);
      if (!volume) throw notFound('volume');
      const name = await tx.volumes.engineName(volume.id);
      // Of one on a share, the share’s own node has it at hand.
      const share = volume.driver === 'share' ? await tx.volumes.shareSource(volume.id) : null;
      if (volume.driver === 'share' && !share) {
        throw new DomainError('state', `The node of the file share that volume "${volume.name}" is on is gone.`);
      }
      return { volume, reach: reachable(volume, share?.nodeId ?? volume.nodeId, name, share) };
    });
  }

  /** As the scheduler would its first container, were it in nobody’s way. */
  private async put(context: RequestContext, { id, name }: VolumeRecord): Promise<Reachable> {
    return this.work.platform(async (tx) => {
      const volume = await tx.volumes.lock(context.projectId, id);
      if (!volume) throw notFound('volume');
      if (volume.nodeId === null) {
        const nodes = await tx.nodes.candidates(context.organizationId, null);
        const { placed, refusals } = placeContainers(...firstContainer(name), [{ ordinal: 1, nodeId: null }], nodes);
        const [place] = placed;
        if (!place) throw new DomainError('unplaceable', `Volume "${name}": ${refusals[0]?.sentence ?? ''}`);
        volume.nodeId = place.nodeId;
        await tx.volumes.update(volume);
        await tx.events.append([volumeEvent(volume, 'update')]);
      }
      const reach = reachable(volume, volume.nodeId, await tx.volumes.engineName(id), null);
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

function reachable(
  volume: VolumeRecord,
  nodeId: string | null,
  name: string | null,
  share: ShareSource | null,
): Reachable | null {
  if (nodeId === null || name === null) return null;
  const { id: volumeId, projectId, organizationId } = volume;
  return { volume, nodeId, onNode: { volumeId, projectId, organizationId, name, options: {}, share } };
}

/** A container without any demands. */
function firstContainer(name: string): [Parameters<typeof placeContainers>[0], Parameters<typeof placeContainers>[1]] {
  const { placement, restart, rollout, autodestroy, sequential } = serviceSpec.parse({
    name,
    template: { image: 'none' },
  });
  const nothing = { milliCpu: 0, memoryBytes: 0, hostPorts: [], pins: [], unplaced: [], claims: [], shares: [] };
  const demand = { ...nothing, hasHealthCheck: false, hasVolumes: false };
  return [
    {
      ...{ id: name, name, intent: 'running', replicas: 1, revision: 1, colocateWith: [], routing: null },
      ...{ placement, restart, rollout, autodestroy, sequential },
    },
    { number: 1, demand, instances: new Map() },
  ];
}
