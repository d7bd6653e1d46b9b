import type { ContainerView, DeploymentView, Refusal } from '../snapshot.js';
import { awaitsStart, isDone, isKept, isOver, lives } from '../reconcile/container-facts.js';
import { isToBeStarted } from '../reconcile/keep-slots.js';
import type { Scene } from '../reconcile/scene.js';
import { isGone } from '../reconcile/service-state.js';
import { byRank } from '../reconcile/slot-rank.js';
import type { Slot } from '../reconcile/slots.js';
import { endSentence, waitClause } from './failing.js';
import { ending, noteProgress, timeOut, unchanged, type Verdict } from './verdict.js';

type SlotFinding =
  { is: 'settled' } | { is: 'failed'; sentence: string } | { is: 'waiting'; begun: boolean; sentence: string };

/**
 * Judges a creation, a start or a change of size. It ends as soon as every slot is up, or has done its job, or has
 * failed: an action should end promptly, so there is no monitor time, and one failure makes all of it a failure.
 */
export function judgeChange(scene: Scene, before: DeploymentView): Verdict {
  const findings = scene.slots.wanted.map((slot) => findSlot(scene, before, slot));
  const settled = findings.filter((finding) => finding.is === 'settled').length;
  const deployment = noteProgress(scene, before, settled);

  const failed = findings.find((finding) => finding.is === 'failed');
  const waiting = findings.find((finding) => finding.is === 'waiting');
  const begun = findings.some((finding) => finding.is === 'waiting' && finding.begun);
  // In a sequential service the slots behind a failed one are not begun at all.
  if (failed !== undefined && (waiting === undefined || (scene.service.sequential && !begun))) {
    return ending(deployment, 'failed', failed.sentence);
  }
  const leaving = remainder(scene);
  if (waiting === undefined && failed === undefined && leaving === undefined) {
    return ending(deployment, 'succeeded', null);
  }
  if (deployment.deadlineAt > scene.now) return unchanged(deployment);
  const late = waiting?.sentence ?? failed?.sentence;
  return timeOut(scene, deployment, late ?? `${scene.label(leaving?.ordinal ?? 0)} did not end in time.`);
}

/** When all that is left to wait for are containers that no node can ever take, waiting is over. */
export function judgeRefusedChange(scene: Scene, deployment: DeploymentView, refusals: readonly Refusal[]): Verdict {
  const never = new Map(refusals.filter((refusal) => refusal.kind === 'never').map((one) => [one.ordinal, one]));
  const [first] = never.values();
  if (first === undefined) return unchanged(deployment);
  for (const slot of scene.slots.wanted) {
    const finding = findSlot(scene, deployment, slot);
    if (finding.is !== 'waiting' || never.has(slot.ordinal)) continue;
    if (finding.begun || !scene.service.sequential) return unchanged(deployment);
  }
  return ending(deployment, 'failed', `${scene.label(first.ordinal)} cannot be placed: ${first.sentence}`);
}

function findSlot(scene: Scene, deployment: DeploymentView, slot: Slot): SlotFinding {
  const label = scene.label(slot.ordinal);
  const late = (clause: string): string => `${label} did not come up in time: ${clause}.`;
  if (slot.finished !== null) {
    const own = slot.finished.deploymentId === deployment.id;
    return !own || slot.finished.exitCode === 0
      ? { is: 'settled' }
      : { is: 'failed', sentence: endSentence(scene, { ...slot.finished, state: 'exited' }) };
  }
  const best = byRank(scene, slot.kept)[0];
  if (best === undefined) {
    return { is: 'waiting', begun: slot.leaving.length > 0, sentence: late('it has found no place yet') };
  }
  if (isToBeStarted(scene, best)) return { is: 'waiting', begun: false, sentence: late('it was not started') };
  if (best.desired === 'stopped' || scene.isAvailable(best) || isDone(best)) return { is: 'settled' };
  if (isOver(best)) {
    // One that had ended before this deployment says nothing about it.
    return best.deploymentId === deployment.id
      ? { is: 'failed', sentence: endSentence(scene, best) }
      : { is: 'settled' };
  }
  const begun = lives(best) || awaitsStart(best);
  return { is: 'waiting', begun, sentence: late(waitClause(scene, best)) };
}

/** A living container that is to go, or that its slot has no need of. */
const remainder = (scene: Scene): ContainerView | undefined =>
  scene.slots.excess.find(lives) ?? scene.containers.find((container) => lives(container) && !isKept(container));

/** Judges a stop: done when nothing of the service lives. */
export function judgeStop(scene: Scene, deployment: DeploymentView): Verdict {
  return judgeEnd(scene, deployment, scene.containers.find(lives) ?? null, 'did not stop in time');
}

/** Judges a termination: done when every container is removed, or its node is lost and can be asked no more. */
export function judgeTermination(scene: Scene, deployment: DeploymentView): Verdict {
  const left = scene.containers.find((container) => !isGone(scene, container)) ?? null;
  return judgeEnd(scene, deployment, left, 'was not removed in time');
}

function judgeEnd(scene: Scene, deployment: DeploymentView, left: ContainerView | null, late: string): Verdict {
  if (left === null) return ending(deployment, 'succeeded', null);
  if (deployment.deadlineAt > scene.now) return unchanged(deployment);
  const silent = scene.node(left.nodeId)?.state === 'unreachable' ? ': its node does not answer' : '';
  return timeOut(scene, deployment, `${scene.label(left.ordinal)} ${late}${silent}.`);
}
