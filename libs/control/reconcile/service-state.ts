import type { DeploymentKind } from '#libs/domain/deployment/state.js';
import type { ServiceState } from '#libs/domain/service/state.js';
import type { ContainerView } from '../snapshot.js';
import { isDone, isKept, isOver, lives, neverRan } from './container-facts.js';
import type { Scene } from './scene.js';
import type { Slot } from './slots.js';

const stateDuring: Partial<Record<DeploymentKind, ServiceState>> = {
  create: 'starting',
  start: 'starting',
  scale: 'scaling',
  redeploy: 'redeploying',
};

/**
 * What to call the service, from its intent, its deployment and what is observed:
 *
 * - `created`: `not-running`.
 * - `terminated`: `terminating` until every container is removed or its node is lost, then `terminated`.
 * - `stopped`: `stopping` while a container lives, then `stopped`.
 * - `running`, while a deployment is under way: named after its kind. A paused or ended one is not under way: the
 *   service then has a lasting state again, so that the tenant may act on it.
 * - `running` otherwise: `running` when all wanted slots run and there is at least one; `partly-running` when some
 *   do, or when none does but one is on its way back (restarting, replaced after a node was lost); `stopped` when
 *   none does and one has run, or when none is wanted; `not-running` when none ever came to run.
 */
export function deriveServiceState(scene: Scene): ServiceState {
  switch (scene.service.intent) {
    case 'created':
      return 'not-running';
    case 'terminated':
      return scene.containers.every((container) => isGone(scene, container)) ? 'terminated' : 'terminating';
    case 'stopped':
      return scene.containers.some(lives) ? 'stopping' : 'stopped';
    case 'running':
      return (scene.active && stateDuring[scene.active.kind]) ?? runningState(scene);
  }
}

/** Removed, or on a node that is lost and can be asked no more. */
export const isGone = (scene: Scene, container: ContainerView): boolean =>
  container.state === 'removed' || container.state === 'lost' || scene.nodeIsGone(container);

const runs = (slot: Slot): boolean =>
  slot.kept.some((container) => container.desired === 'running' && container.state === 'running');

function runningState(scene: Scene): ServiceState {
  const slots = scene.slots.wanted;
  const running = slots.filter(runs).length;
  if (running > 0) return running === slots.length ? 'running' : 'partly-running';
  const kept = slots.flatMap((slot) => slot.kept);
  if (kept.some((container) => container.desired === 'running' && !isOver(container))) return 'partly-running';
  const hasRun = slots.some((slot) => slot.finished !== null) || kept.some((one) => !neverRan(one));
  return hasRun || slots.length === 0 ? 'stopped' : 'not-running';
}

/** No container of another revision is kept and, while the service is to run, no slot is without a sound one. */
export function isSynchronized(scene: Scene): boolean {
  if (scene.active?.kind === 'redeploy') return false;
  const kept = scene.containers.filter(isKept);
  if (kept.some((container) => container.revision !== scene.service.revision)) return false;
  if (scene.service.intent !== 'running') return true;
  if (scene.slots.excess.length > 0) return false;
  return scene.slots.wanted.every(
    (slot) =>
      slot.finished !== null || slot.kept.some((container) => container.state === 'running' || isDone(container)),
  );
}
