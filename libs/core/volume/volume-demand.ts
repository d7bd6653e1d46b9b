import type { DemandView, InstanceDemand, NodeView, VolumeShare } from '#libs/control/snapshot.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { instanceMounts, sharedMounts } from '#libs/domain/volume/volume.js';
import type { HeldShare, HeldVolume } from './volume.repository.port.js';

type Definition = Pick<ServiceSpec, 'template'>;

type VolumeDemand = Pick<DemandView, 'pins' | 'unplaced' | 'claims' | 'shares'>;

const shareOf = (volume: string, { name: share, state, nodeId, machine }: HeldShare): VolumeShare => ({
  ...{ volume, share, state, nodeId, machine },
});

const claimOf = ({ name, writer }: HeldVolume) => ({
  volume: name,
  writer: writer && { containerName: writer.containerName, nodeName: writer.nodeName, lost: writer.lost },
});

/** What the volumes that all containers of a definition share ask of the scheduler. */
export function volumeDemand({ template }: Definition, volumes: readonly HeldVolume[]): VolumeDemand {
  const demand: VolumeDemand = { pins: [], unplaced: [], claims: [], shares: [] };
  const mounts = sharedMounts(template);
  for (const name of new Set(mounts.map(({ volume }) => volume))) {
    const volume = volumes.find((each) => each.owner === 'project' && each.name === name);
    if (volume === undefined || (volume.driver === 'local' && volume.nodeId === null)) demand.unplaced.push(name);
    else if (volume.driver === 'local' && volume.nodeId !== null)
      demand.pins.push({ volume: name, nodeId: volume.nodeId });
    if (volume?.share) demand.shares.push(shareOf(volume.name, volume.share));
    const writes = mounts.some((mount) => mount.volume === name && !mount.readOnly);
    if (volume?.access === 'single-writer' && writes) demand.claims.push(claimOf(volume));
  }
  return demand;
}

export interface InstanceScene {
  serviceId: string;
  epoch: number;
  volumes: readonly HeldVolume[];
  /** A node that is not among them counts as lost. */
  nodes: readonly Pick<NodeView, 'id' | 'state'>[];
}

/**
 * What instances’ own volumes ask, by ordinal. Named ones hold their instance on their node; unnamed ones do so only
 * while that node is there, as they are worth no more than the container they were made for.
 */
export function instanceDemands({ template }: Definition, scene: InstanceScene): Map<number, InstanceDemand> {
  const mounts = instanceMounts(template);
  const demands = new Map<number, InstanceDemand>();
  for (const volume of scene.volumes) {
    // Those of every-node services are bound to their node in any case.
    if (volume.serviceId !== scene.serviceId || !/^\d+$/.test(volume.instance ?? '')) continue;
    const own = mounts.filter((mount) => (mount.volume ?? mount.target) === volume.mountKey);
    const isNamed = volume.owner === 'project';
    if (isNamed ? own.length === 0 : !isUsed(volume, own.length > 0)) continue;
    const ordinal = Number(volume.instance);
    const demand = demands.get(ordinal) ?? { pins: [], claims: [] };
    demands.set(ordinal, demand);
    if (volume.driver === 'local' && volume.nodeId !== null)
      demand.pins.push({ volume: volume.name, nodeId: volume.nodeId });
    if (volume.access === 'single-writer' && own.some((mount) => !mount.readOnly)) demand.claims.push(claimOf(volume));
  }
  return demands;

  function isUsed(volume: HeldVolume, isMounted: boolean): boolean {
    const state = scene.nodes.find((node) => node.id === volume.nodeId)?.state;
    const isThere = state !== undefined && state !== 'lost' && state !== 'removed';
    const wanted = isMounted || template.imageVolumes === 'instance';
    return wanted && isThere && volume.epoch === scene.epoch && volume.retiredAt === null;
  }
}
