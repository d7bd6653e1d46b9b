import type { ContainerView } from '../snapshot.js';
import { endSentence } from '../rollout/failing.js';
import { demandOfInstance, type Wish } from '../schedule/place-containers.js';
import { refillAt } from './backoff.js';
import { isDone, isKept, isOver, lives, neverRan } from './container-facts.js';
import type { PlanDraft } from './plan-draft.js';
import type { Scene } from './scene.js';
import { byRank, movesOff } from './slot-rank.js';
import type { Slot } from './slots.js';

/**
 * Keeps the wanted slots filled, each at the revision it has: what happens whenever no rollout is under way.
 *
 * - A container that ended by its restart policy stays; it is not replaced. Autodestroy may remove it.
 * - One that never came to run is replaced, after a back-off, but not while a deployment is being judged by it: one
 *   that is paused was judged already.
 * - One on a lost node is replaced and given up once its replacement is up, or the other way round if it is back.
 * - One on a draining node, or that a rebalance wants elsewhere, is replaced first and removed then,
 *   `rollout.parallelism` of them at a time.
 */
export function keepSlots(scene: Scene, draft: PlanDraft): void {
  for (const container of scene.slots.excess) draft.remove(container, 'The service no longer has a place for it.');

  const moves: { slot: Slot; best: ContainerView }[] = [];
  let moving = 0;
  let mayBegin = true;
  // Occupied slots first: a sequential service does not begin a new one beside one that is on its way.
  const { wanted } = scene.slots;
  const occupied = wanted.filter((slot) => slot.kept.length > 0);
  const empty = wanted.filter((slot) => slot.kept.length === 0);
  for (const slot of [...occupied, ...empty]) {
    const best = tidySlot(scene, draft, slot);
    if (mayBegin) fillSlot(scene, draft, slot, best);
    if (scene.service.sequential && !hasPassed(scene, slot, best)) mayBegin = false;
    if (best !== null && slot.kept.some((other) => staysBeside(scene, best, other))) moving += 1;
    else if (best !== null && hasToMove(scene, best)) moves.push({ slot, best });
  }

  const atOnce = scene.service.rollout.parallelism === 0 ? Infinity : scene.service.rollout.parallelism;
  for (const { slot, best } of moves) {
    if (moving >= atOnce) break;
    if (mayRefill(scene, draft, slot, best.revision) && moveOff(scene, draft, slot, best)) moving += 1;
  }
}

/** The new one comes beside the old one, except where only one may write: there the old one has to end first. */
function moveOff(scene: Scene, draft: PlanDraft, slot: Slot, best: ContainerView): boolean {
  if (best.moveTo !== null && !scene.isOnDrained(best)) return moveTo(scene, draft, slot, best, best.moveTo);
  const view = scene.revision(best.revision);
  if (view === null || demandOfInstance(view, slot.ordinal).claims.length === 0)
    return draft.place(wishFor(slot), best.revision);
  const refusal = draft.wouldRefuse([wishFor(slot)], best.revision, [best]);
  if (refusal === null) draft.remove(best, 'It moves off its node, and its volume has one writer at a time.');
  else draft.refuse(refusal);
  return refusal === null;
}

/** A wish, not a need: what finds no place there, or has failed there before, stays where it is. */
function moveTo(scene: Scene, draft: PlanDraft, slot: Slot, best: ContainerView, nodeId: string): boolean {
  const wish = { ordinal: slot.ordinal, nodeId };
  const view = scene.revision(best.revision);
  const claims = view === null ? [] : demandOfInstance(view, slot.ordinal).claims;
  const failed = slot.failed.some((one) => one.nodeId === nodeId);
  // A slot of an every-node service is its node's.
  if (slot.nodeId === null && !failed && claims.length === 0 && draft.wouldRefuse([wish], best.revision, []) === null) {
    return draft.place(wish, best.revision);
  }
  draft.stay(best);
  return false;
}

const wishFor = (slot: Slot): Wish => ({ ordinal: slot.ordinal, nodeId: slot.nodeId });

/** Two containers of one slot that both stay: one leaves a draining node, the other is not up yet. */
const staysBeside = (scene: Scene, best: ContainerView, other: ContainerView): boolean =>
  movesOff(scene, best, other) || (movesOff(scene, other, best) && !scene.isAvailable(best));

/** Every-node containers have nowhere else to go, and a deployment first ends where it began. */
const hasToMove = (scene: Scene, best: ContainerView): boolean =>
  scene.active === null && best.desired === 'running' && lives(best) && scene.isDraining(best);

/** Sequential services begin the next slot only when the one before runs, or has run to its end. */
const hasPassed = (scene: Scene, slot: Slot, best: ContainerView | null): boolean =>
  slot.finished !== null ||
  (best !== null && (scene.isUp(best) || (isOver(best) && !neverRan(best) && !isToBeStarted(scene, best))));

/** Ends what has ended and leaves the best container of the slot; null when there is none or its work is done. */
function tidySlot(scene: Scene, draft: PlanDraft, slot: Slot): ContainerView | null {
  const ranked = byRank(scene, slot.kept);
  const best = ranked[0];
  if (best === undefined) return null;
  for (const container of ranked) {
    if (container.desired === 'running' && isOver(container) && container.state === 'failed')
      draft.markFailed(container, endSentence(scene, container));
  }
  const settled = scene.isUp(best) || (isOver(best) && !neverRan(best));
  for (const other of ranked.slice(1)) {
    if (other.state === 'lost') {
      if (settled) draft.remove(other, 'It was replaced after its node was lost.');
    } else if (neverRan(other)) {
      draft.remove(other, 'It never came to run and another container holds its place.', { failed: true });
    } else if (!staysBeside(scene, best, other)) {
      draft.remove(other, 'Another container holds its place.');
    }
  }
  if (isAutodestroyed(scene, best)) {
    const failed = !isDone(best);
    draft.remove(best, 'Its process ended and the service destroys such containers.', { failed, autodestroyed: true });
  }
  return best;
}

/** Looked at only when the restart policy has had its say, which is when the agent reports an end. */
export function isAutodestroyed(scene: Scene, container: ContainerView): boolean {
  if (container.desired !== 'running' || !isOver(container) || neverRan(container)) return false;
  if (isToBeStarted(scene, container)) return false;
  const rule = scene.service.autodestroy;
  return rule === 'always' || (rule === 'on-success' && isDone(container));
}

/**
 * What its user stopped by itself stays stopped; anything else that was stopped runs with its service. A start also
 * begins everything again that has ended and that it has not begun already.
 */
export function isToBeStarted(scene: Scene, container: ContainerView): boolean {
  if (container.desired === 'stopped') return !container.held;
  const deployment = scene.active;
  return deployment?.kind === 'start' && container.deploymentId !== deployment.id && isOver(container);
}

function fillSlot(scene: Scene, draft: PlanDraft, slot: Slot, best: ContainerView | null): void {
  if (best === null) {
    if (slot.finished !== null || slot.leaving.length > 0) return;
    const revision = revisionForEmpty(scene);
    if (mayRefill(scene, draft, slot, revision)) draft.place(wishFor(slot), revision);
    return;
  }
  if (isToBeStarted(scene, best)) {
    const canStay = !scene.nodeIsGone(best) && !scene.isOnDrained(best);
    if (!neverRan(best) && canStay) draft.start(best, 'The service was started.');
    else replace(draft, slot, best, scene.service.revision);
  } else if (best.state === 'lost' && best.desired === 'running') {
    if (mayRefill(scene, draft, slot, best.revision)) draft.place(wishFor(slot), best.revision);
  } else if (neverRan(best) && best.desired === 'running' && scene.active === null) {
    if (mayRefill(scene, draft, slot, best.revision)) replace(draft, slot, best, best.revision);
  }
}

/** The old one goes only when a new one has a place. */
function replace(draft: PlanDraft, slot: Slot, old: ContainerView, revision: number): void {
  if (draft.place(wishFor(slot), revision)) draft.remove(old, 'A new container takes its place.');
}

/**
 * While a rollout is paused it takes no further slot: an empty one goes back to what served before. What it made and
 * never came to run is tried again all the same, since an image that was missing may be there by now.
 */
function revisionForEmpty(scene: Scene): number {
  const deployment = scene.deployment;
  const former = deployment?.state === 'paused' ? deployment.fromRevision : null;
  return former !== null && scene.revision(former) !== null ? former : scene.service.revision;
}

function mayRefill(scene: Scene, draft: PlanDraft, slot: Slot, revision: number): boolean {
  const unmarked = slot.kept.filter((container) => neverRan(container) && container.failedAt === null);
  const failed = [...slot.failed, ...unmarked].filter((container) => container.revision === revision);
  const at = refillAt(scene.now, failed);
  if (at <= scene.now) return true;
  draft.lookAgain(at);
  return false;
}

/** What a stopped service does: everything ends and is kept, to be started again. */
export function stopAll(scene: Scene, draft: PlanDraft): void {
  for (const container of scene.containers) {
    if (container.desired === 'running') draft.stop(container, 'The service was stopped.');
  }
}

export function removeAll(scene: Scene, draft: PlanDraft): void {
  for (const container of scene.containers) {
    if (isKept(container)) draft.remove(container, 'The service was terminated.');
  }
}
