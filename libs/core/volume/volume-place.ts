import { placeContainers } from '#libs/control/schedule/place-containers.js';
import { DomainError } from '#libs/domain/error.js';
import { serviceSpec } from '#libs/domain/service/spec.js';
import type { VolumeOnNode } from '../stream/node-streams.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { VolumeRecord } from './volume.repository.port.js';

/** A volume that is on a node, or on a share that is. */
export interface ReachableVolume {
  volume: VolumeRecord;
  nodeId: string;
  onNode: VolumeOnNode;
}

/** Null for one that nothing has used yet. */
export async function reachVolume(tx: Transaction, volume: VolumeRecord): Promise<ReachableVolume | null> {
  const name = await tx.volumes.engineName(volume.id);
  // Of one on a share, the share’s own node has it at hand.
  const share = volume.driver === 'share' ? await tx.volumes.shareSource(volume.id) : null;
  if (volume.driver === 'share' && !share) {
    throw new DomainError('state', `The node of the file share that volume "${volume.name}" is on is gone.`);
  }
  const nodeId = share?.nodeId ?? volume.nodeId;
  if (nodeId === null || name === null) return null;
  return { volume, nodeId, onNode: { ...onNode(volume, name), share } };
}

/** A local one. */
export const onNode = (volume: VolumeRecord, engineName: string): VolumeOnNode => ({
  volumeId: volume.id,
  projectId: volume.projectId,
  organizationId: volume.organizationId,
  name: engineName,
  options: {},
  share: null,
});

/** The node that the scheduler would give the volume’s first container, were it in nobody’s way. Errors: `unplaceable`. */
export async function chooseNode(
  tx: Transaction,
  { name, organizationId }: Pick<VolumeRecord, 'name' | 'organizationId'>,
): Promise<string> {
  const nodes = await tx.nodes.candidates(organizationId, null);
  const { placed, refusals } = placeContainers(...firstContainer(name), [{ ordinal: 1, nodeId: null }], nodes);
  const [place] = placed;
  if (!place) throw new DomainError('unplaceable', `Volume "${name}": ${refusals[0]?.sentence ?? ''}`);
  return place.nodeId;
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
