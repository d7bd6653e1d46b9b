import type { ContainerView } from '../snapshot.js';
import { isDone, isKept, isOver, lives } from '../reconcile/container-facts.js';
import type { Scene } from '../reconcile/scene.js';
import { byRank } from '../reconcile/slot-rank.js';
import type { Slot } from '../reconcile/slots.js';
import { failureOf, isAtTarget, isOwn } from './failing.js';

/**
 * How far a slot is on its way to the rollout's target:
 * - `untouched`: an old container serves it still
 * - `down`: nothing serves it and nothing lives in it; it can be filled
 * - `emptying`: what was in it has been told to go and still lives
 * - `arriving`: its new container is not up yet, or edges do not send it requests yet
 * - `settled`: its new container is available, or has done its job
 */
export type Stage = 'untouched' | 'down' | 'emptying' | 'arriving' | 'settled';

export interface StagedSlot {
  slot: Slot;
  stage: Stage;
  /** The container at the target to keep, if any. */
  fresh: ContainerView | null;
  /** Kept containers that are not at the target, on nodes that answer. */
  old: ContainerView[];
  /** Kept ones at the target that failed: to be removed and replaced after a back-off. */
  failing: ContainerView[];
  /** Kept ones that are of no use: on lost nodes, or beside a better one. */
  useless: ContainerView[];
}

export function stageSlot(scene: Scene, slot: Slot): StagedSlot {
  const here = slot.kept.filter((container) => container.state !== 'lost');
  const failing = here.filter((container) => isAtTarget(scene, container) && failureOf(scene, container) !== null);
  const sound = byRank(
    scene,
    here.filter((container) => isAtTarget(scene, container) && !failing.includes(container)),
  );
  const fresh = sound[0] ?? null;
  const [best, ...others] = byRank(
    scene,
    here.filter((container) => !isAtTarget(scene, container)),
  );
  const old = best === undefined ? [] : [best, ...others.filter((container) => !lives(container))];
  const lost = slot.kept.filter((container) => container.state === 'lost');
  const useless = [...lost, ...sound.slice(1), ...others.filter(lives)];
  return { slot, stage: stageOf(), fresh, old, failing, useless };

  function stageOf(): Stage {
    if (slot.finished !== null) return 'settled';
    if (fresh !== null) return isSettled(scene, fresh) ? 'settled' : 'arriving';
    if (old.some(lives)) return 'untouched';
    return slot.leaving.length > 0 || failing.some(lives) ? 'emptying' : 'down';
  }
}

/** On the way back a container that had ended before the rollout is as it was. */
export function isSettled(scene: Scene, fresh: ContainerView): boolean {
  if (fresh.desired === 'stopped') return fresh.held;
  return scene.isAvailable(fresh) || isDone(fresh) || (isOver(fresh) && !isOwn(scene, fresh));
}

/** A service that was stopped when its redeploy began runs again when that is rolled back. */
export const needsStart = (fresh: ContainerView): boolean => fresh.desired === 'stopped' && !fresh.held;

/** Old containers anywhere in the service that live, told to go or not: what `recreate` waits for. */
export const oldAlive = (scene: Scene): ContainerView[] =>
  scene.containers.filter((container) => lives(container) && !isAtTarget(scene, container));

export const oldToRemove = (scene: Scene): ContainerView[] => oldAlive(scene).filter(isKept);
