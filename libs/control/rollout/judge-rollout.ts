import type { DeploymentView, Refusal } from '../snapshot.js';
import { isKept, lives } from '../reconcile/container-facts.js';
import type { Scene } from '../reconcile/scene.js';
import { failedSlots, isAtTarget, waitClause } from './failing.js';
import { stageSlot } from './slot-stage.js';
import { ending, noteProgress, timeOut, trip, unchanged, type Verdict } from './verdict.js';

/**
 * Judges a redeploy by what is observed. It has succeeded when every slot has been up at the target, with nothing
 * else of the service alive, for `rollout.monitorMs` on end; a rollback ends the same way as `rolled-back`.
 */
export function judgeRollout(scene: Scene, before: DeploymentView): Verdict {
  const staged = scene.slots.wanted.map((slot) => stageSlot(scene, slot));
  const settled = staged.filter((one) => one.stage === 'settled').length;
  const deployment = noteProgress(scene, before, settled);

  const { rollout } = scene.service;
  const failed = failedSlots(scene);
  const ratio = failed.size / Math.max(1, staged.length);
  const [reason] = failed.values();
  const tolerant = rollout.failureAction === 'continue' && !deployment.rollingBack;
  if (reason !== undefined && ratio > rollout.maxFailureRatio && !tolerant) return trip(scene, deployment, reason);

  if (settled === staged.length && nothingElseLives(scene)) {
    const since = deployment.completeSince ?? scene.now;
    const complete = { ...deployment, completeSince: since };
    if (scene.now.getTime() - since.getTime() < rollout.monitorMs) return unchanged(complete);
    return ending(complete, deployment.rollingBack ? 'rolled-back' : 'succeeded', null);
  }
  const incomplete = { ...deployment, completeSince: null };
  return deployment.deadlineAt <= scene.now ? timeOut(scene, incomplete, lateSentence(scene)) : unchanged(incomplete);
}

/** A rollout that nothing moves in any more, because no node can ever take the next container, has failed. */
export function judgeRefusedRollout(scene: Scene, deployment: DeploymentView, refusals: readonly Refusal[]): Verdict {
  const never = refusals.find((refusal) => refusal.kind === 'never');
  const moving = scene.slots.wanted.some((slot) => ['arriving', 'emptying'].includes(stageSlot(scene, slot).stage));
  if (never === undefined || moving) return unchanged(deployment);
  if (scene.service.rollout.failureAction === 'continue' && !deployment.rollingBack) return unchanged(deployment);
  return trip(scene, deployment, `${scene.label(never.ordinal)} cannot be placed: ${never.sentence}`);
}

export const monitorEnd = (scene: Scene, deployment: DeploymentView): Date | null =>
  deployment.completeSince === null
    ? null
    : new Date(deployment.completeSince.getTime() + scene.service.rollout.monitorMs);

const nothingElseLives = (scene: Scene): boolean =>
  !scene.slots.excess.some(lives) &&
  scene.containers.every((container) => !lives(container) || (isKept(container) && isAtTarget(scene, container)));

function lateSentence(scene: Scene): string {
  for (const slot of scene.slots.wanted) {
    const { stage, fresh } = stageSlot(scene, slot);
    const label = scene.label(slot.ordinal);
    if (stage === 'arriving' && fresh !== null) return `${label} did not come up in time: ${waitClause(scene, fresh)}.`;
    if (stage === 'emptying') return `${label} did not come up in time: its predecessor has not ended.`;
    if (stage === 'down')
      return `${label} did not come up in time: it has found no place yet or waits for another try.`;
    if (stage === 'untouched') return `${label} was not replaced in time.`;
  }
  return 'A container that had to go did not end in time.';
}
