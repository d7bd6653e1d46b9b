import type { ContainerView, Refusal } from '../snapshot.js';
import { demandOfInstance, type Wish } from '../schedule/place-containers.js';
import { refillAt } from '../reconcile/backoff.js';
import { isDone, lives } from '../reconcile/container-facts.js';
import { isAutodestroyed } from '../reconcile/keep-slots.js';
import type { PlanDraft } from '../reconcile/plan-draft.js';
import type { Scene } from '../reconcile/scene.js';
import { endSentence, failureOf, isAtTarget, isOwn, upBy } from './failing.js';
import { needsStart, oldAlive, oldToRemove, stageSlot, type StagedSlot } from './slot-stage.js';

/**
 * Moves the slots on to the rollout's target, in either direction.
 *
 * Recreate stops everything old, waits until none of it lives, then fills all slots. Rolling changes at most
 * `parallelism` slots at once: stop-first frees a slot before it fills it, start-first the other way round; by itself
 * it is start-first for what edges send requests to. A slot
 * that failed within what the rollout tolerates does not hold up the others; it is tried again after a back-off.
 * Nothing old is stopped for a new container that no node could take.
 */
export function replaceSlots(scene: Scene, draft: PlanDraft): void {
  const target = scene.rolloutTarget;
  if (target === null) return;
  for (const container of scene.slots.excess) draft.remove(container, 'The service no longer has a place for it.');
  for (const container of scene.slots.dormant) {
    if (!isAtTarget(scene, container)) draft.remove(container, 'The service is deployed anew while its node is lost.');
  }
  const staged = scene.slots.wanted.map((slot) => stageSlot(scene, slot));
  for (const one of staged) tidy(scene, draft, one);
  if (scene.service.rollout.kind === 'recreate') recreate(scene, draft, staged, target);
  else roll(scene, draft, staged, target);
}

function tidy(scene: Scene, draft: PlanDraft, one: StagedSlot): void {
  const { stage, fresh, old, failing, useless } = one;
  for (const container of failing) {
    const reason = failureOf(scene, container) ?? endSentence(scene, container);
    // One that has ended holds its slot, and can be looked at, until the next try takes its place.
    if (lives(container) || fresh !== null) draft.remove(container, reason, { failed: true });
    else draft.markFailed(container, reason);
  }
  for (const container of useless) draft.remove(container, 'Another container takes its place.');
  if (fresh !== null && needsStart(fresh)) draft.start(fresh, 'The service runs again as it was.');
  if (fresh !== null && isDone(fresh) && isAutodestroyed(scene, fresh)) {
    draft.remove(fresh, 'Its process ended and the service destroys such containers.', { autodestroyed: true });
  }
  const arrivingBeside = stage === 'arriving' && startsFirst(scene, one) && old.some(lives);
  if (stage === 'settled' || (stage === 'arriving' && !arrivingBeside)) {
    for (const container of old) draft.remove(container, 'Its successor has taken over.');
  }
  if (stage === 'arriving' && fresh !== null) draft.lookAgain(upBy(scene, fresh));
  if (stage === 'emptying' || stage === 'down') draft.lookAgain(nextTry(scene, one));
}

/**
 * Two containers of one slot cannot share a fixed host port on the one node that every-node gives them, nor a volume
 * with one writer on any node. Unless its user says otherwise, what edges send requests to starts first, where nothing
 * of the two gets into the other's way.
 */
function startsFirst(scene: Scene, { slot }: StagedSlot): boolean {
  const { rollout, placement, routing } = scene.service;
  if (rollout.kind !== 'rolling' || rollout.order === 'stop-first') return false;
  const revision = scene.revision(scene.rolloutTarget ?? 0);
  const byItself = rollout.order === 'automatic';
  if (byItself && routing === null) return false;
  if (revision === null) return true;
  const demand = demandOfInstance(revision, slot.ordinal);
  if (demand.claims.length > 0) return false;
  const sharesData = demand.hasVolumes || revision.instances.has(slot.ordinal);
  if (byItself && (sharesData || demand.hostPorts.length > 0)) return false;
  return placement.strategy !== 'every-node' || demand.hostPorts.length === 0;
}

/** Nothing asks for both at once when there is no room for both and others serve meanwhile. */
function fitsBeside(scene: Scene, draft: PlanDraft, one: StagedSlot, target: number): boolean {
  if (scene.service.rollout.order !== 'automatic') return true;
  const others = scene.containers.some((other) => other.ordinal !== one.slot.ordinal && scene.isAvailable(other));
  return !others || draft.wouldRefuse([wishFor(one)], target, []) === null;
}

const atOnce = (scene: Scene): number => {
  if (scene.service.sequential) return 1;
  const { kind, parallelism } = scene.service.rollout;
  return kind === 'recreate' || parallelism === 0 ? Infinity : parallelism;
};

const wishFor = ({ slot }: StagedSlot): Wish => ({ ordinal: slot.ordinal, nodeId: slot.nodeId });

/** Only what this direction of the rollout made counts: going back does not wait for what failed on the way out. */
const nextTry = (scene: Scene, { slot, failing }: StagedSlot): Date =>
  refillAt(scene.now, [...slot.failed.filter((one) => isOwn(scene, one) && !failing.includes(one)), ...failing]);

const mayRefill = (scene: Scene, one: StagedSlot): boolean => nextTry(scene, one) <= scene.now;

function recreate(scene: Scene, draft: PlanDraft, staged: StagedSlot[], target: number): void {
  const wishes = staged.filter((one) => one.stage === 'untouched' || one.stage === 'down').map(wishFor);
  const doomed = oldToRemove(scene);
  if (doomed.length > 0) {
    const refusal = draft.wouldRefuse(wishes, target, doomed);
    if (refusal !== null) return draft.refuse(refusal);
    for (const container of doomed) draft.remove(container, 'The service is deployed anew.');
    return;
  }
  if (oldAlive(scene).length > 0) return;
  let budget = atOnce(scene) - staged.filter((one) => one.stage === 'arriving').length;
  for (const one of staged) {
    if (one.stage !== 'down' || !mayRefill(scene, one)) continue;
    if (budget <= 0) break;
    if (fill(draft, one, target)) budget -= 1;
  }
}

function roll(scene: Scene, draft: PlanDraft, staged: StagedSlot[], target: number): void {
  const emptyingForNew = staged.filter((one) => one.stage === 'emptying' && mayRefill(scene, one));
  let budget = atOnce(scene) - staged.filter((one) => one.stage === 'arriving').length - emptyingForNew.length;

  // What serves nobody comes first, and without the wait between batches: there is nothing to spare.
  for (const one of staged) {
    if (one.stage !== 'down' || !mayRefill(scene, one)) continue;
    if (budget <= 0) return;
    if (fill(draft, one, target)) budget -= 1;
  }

  const { deployment } = scene;
  const next = (deployment?.lastProgressAt?.getTime() ?? 0) + scene.service.rollout.delayMs;
  const untouched = staged.filter((one) => one.stage === 'untouched');
  if (untouched.length > 0 && next > scene.now.getTime()) {
    draft.lookAgain(new Date(next));
    return;
  }
  for (const one of untouched) {
    if (budget <= 0) return;
    if (!mayRefill(scene, one)) {
      draft.lookAgain(nextTry(scene, one));
      continue;
    }
    const beside = startsFirst(scene, one) && fitsBeside(scene, draft, one, target);
    if (beside ? fill(draft, one, target, true) : empty(draft, one, target)) budget -= 1;
  }
}

/** What ended before in the slot goes with the new one's coming, never without it. */
function fill(draft: PlanDraft, one: StagedSlot, target: number, keepOld = false): boolean {
  if (!draft.place(wishFor(one), target)) return false;
  const replaced = keepOld ? one.failing : [...one.failing, ...one.old];
  for (const container of replaced)
    draft.remove(container, 'A new container takes its place.', { failed: one.failing.includes(container) });
  return true;
}

function empty(draft: PlanDraft, one: StagedSlot, target: number): boolean {
  const living: ContainerView[] = one.old.filter(lives);
  const refusal: Refusal | null = draft.wouldRefuse([wishFor(one)], target, living);
  if (refusal !== null) {
    draft.refuse(refusal);
    return false;
  }
  for (const container of one.old) draft.remove(container, 'Its successor needs its place.');
  return true;
}
