import type { PlannedCreate, ServicePlan } from '#libs/control/snapshot.js';
import { deploymentEnded } from '#libs/domain/deployment/state.js';
import { DomainError } from '#libs/domain/error.js';
import { instanceOf } from '#libs/domain/volume/instance-volume.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { volumeEvent, writeVolumes } from '../volume/container-volumes.js';
import { shareNodes, VolumeBook, type VolumeTaker } from '../volume/volume.book.js';
import { specOf, type MadeContainer } from './container-maker.js';
import type { LoadedService } from './service-snapshot.js';

const retryMs = 15_000;

/**
 * The plan without the containers whose new volumes the quota does not allow; each of those is a refusal instead, as
 * if it had found no place. What is left has its volumes counted.
 */
export async function affordVolumes(
  tx: Transaction,
  loaded: LoadedService,
  plan: ServicePlan,
  now: Date,
): Promise<ServicePlan> {
  const { organizationId, projectId } = loaded.service;
  const wanted = countMade(loaded, plan.create, now);
  if (wanted === 0) return plan;
  try {
    await tx.quotas.take(organizationId, projectId, { volumes: wanted });
    return plan;
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'quota') throw error;
    // It counts before it refuses.
    await tx.quotas.take(organizationId, projectId, { volumes: -wanted });
    const { message: sentence } = error;
    const create = plan.create.filter((one) => countMade(loaded, [one], now) === 0);
    const refused = plan.create.filter((one) => !create.includes(one));
    const refusals = refused.map(({ ordinal }) => ({ ordinal, kind: 'not-now' as const, sentence }));
    const again = new Date(now.getTime() + retryMs);
    const lookAgainAt = plan.lookAgainAt !== null && plan.lookAgainAt < again ? plan.lookAgainAt : again;
    return { ...plan, create, refusals: [...refusals, ...plan.refusals], lookAgainAt };
  }
}

/** Writes down what the service’s new containers mount, and makes what is not there yet; the nodes that hear of it. */
export async function giveVolumes(
  tx: Transaction,
  loaded: LoadedService,
  made: readonly MadeContainer[],
  now: Date,
): Promise<string[]> {
  const book = new VolumeBook(loaded.volumes, now);
  for (const { record, nodeId } of made) {
    const { id, ordinal, revision } = record;
    book.take(takerOf(loaded, { ordinal, nodeId, revision: revision ?? 0 }, id));
  }
  await writeVolumes(tx, book, now);
  return shareNodes(loaded.volumes, book);
}

/** Unnamed volumes that the service has no further use for go; returns the nodes that hear of it. */
export async function expireVolumes(tx: Transaction, loaded: LoadedService, plan: ServicePlan): Promise<string[]> {
  const { service, deployment, epochs, containers } = loaded;
  const isOver = plan.deployment !== null && deploymentEnded(plan.deployment.state);
  const settled = deployment === null || isOver || service.destroyedAt !== null;
  const epoch = epochs.get(service.revision) ?? 0;
  const held = new Set(containers.filter(({ removedAt }) => removedAt === null).map(({ ordinal }) => String(ordinal)));
  const doubtful = loaded.volumes.some(
    (volume) =>
      volume.owner === 'instance' &&
      (volume.retiredAt !== null ||
        volume.epoch !== epoch ||
        service.destroyedAt !== null ||
        !held.has(volume.instance ?? '')),
  );
  if (!settled || !doubtful) return [];
  const gone = await tx.volumes.expire(service.id);
  const { organizationId, projectId } = service;
  await tx.events.append(gone.map((volume) => volumeEvent({ organizationId, projectId, ...volume }, 'delete')));
  return [...new Set(gone.map(({ nodeId }) => nodeId))];
}

function countMade(loaded: LoadedService, planned: readonly PlannedCreate[], now: Date): number {
  const book = new VolumeBook(loaded.volumes, now);
  for (const [i, one] of planned.entries()) book.take(takerOf(loaded, one, `planned-${i}`));
  return book.counted;
}

function takerOf(
  loaded: LoadedService,
  { ordinal, nodeId, revision }: Pick<PlannedCreate, 'ordinal' | 'nodeId' | 'revision'>,
  containerId: string,
): VolumeTaker {
  const { service, epochs } = loaded;
  const spec = specOf(loaded, revision);
  return {
    containerId,
    organizationId: service.organizationId,
    projectId: service.projectId,
    nodeId,
    service: { id: service.id, name: service.name },
    instance: instanceOf(spec.placement.strategy, ordinal, nodeId),
    epoch: epochs.get(revision) ?? 0,
    template: spec.template,
  };
}
