import { deploymentEnded } from '#libs/domain/deployment/state.js';
import type { DeploymentState } from '#libs/domain/deployment/state.js';
import type { DeploymentChange, DeploymentView } from '../snapshot.js';
import type { Scene } from '../reconcile/scene.js';

/** A deployment as it stands after a look at what is observed. */
export interface Verdict {
  deployment: DeploymentView;
  /** Why its state changed; null when it did not or when there is nothing to say. */
  message: string | null;
  /** Set when the service serves another revision from now on. */
  serviceRevision: number | null;
}

export const unchanged = (deployment: DeploymentView): Verdict => ({
  deployment,
  message: null,
  serviceRevision: null,
});

export const ending = (deployment: DeploymentView, state: DeploymentState, message: string | null): Verdict => ({
  deployment: { ...deployment, state },
  message,
  serviceRevision: null,
});

const later = (scene: Scene, milliseconds: number): Date => new Date(scene.now.getTime() + milliseconds);

/** How long a deployment may take for its next step before it has failed. */
export function patienceMs(scene: Scene): number {
  const { progressDeadlineMs, monitorMs, delayMs } = scene.service.rollout;
  return progressDeadlineMs + monitorMs + delayMs;
}

/** Every further slot that is up moves the deadline on, so that a large service is not cut off half-way. */
export function noteProgress(scene: Scene, deployment: DeploymentView, slotsUp: number): DeploymentView {
  if (slotsUp <= deployment.progressSlots) return deployment;
  const moved = later(scene, patienceMs(scene));
  return {
    ...deployment,
    progressSlots: slotsUp,
    lastProgressAt: scene.now,
    deadlineAt: moved > deployment.deadlineAt ? moved : deployment.deadlineAt,
  };
}

/** The failure action, or failure where there is nothing to go back to: a rollback is never rolled back. */
export function trip(scene: Scene, deployment: DeploymentView, reason: string): Verdict {
  const { failureAction } = scene.service.rollout;
  if (deployment.rollingBack) {
    return ending(deployment, 'failed', `Going back to the former revision failed. ${reason}`);
  }
  if (failureAction === 'rollback') {
    const former = deployment.fromRevision;
    if (former !== null && former !== deployment.toRevision && scene.revision(former) !== null) {
      return turnBack(scene, deployment, former, reason);
    }
    return ending(deployment, 'paused', `${reason} There is no former revision to go back to.`);
  }
  return ending(deployment, 'paused', reason);
}

function turnBack(scene: Scene, deployment: DeploymentView, former: number, reason: string): Verdict {
  return {
    deployment: {
      ...deployment,
      state: 'rolling-back',
      rollingBack: true,
      progressSlots: 0,
      lastProgressAt: null,
      completeSince: null,
      deadlineAt: later(scene, patienceMs(scene)),
    },
    message: reason,
    serviceRevision: former,
  };
}

/** At its deadline a rollout turns back when it was told to, and fails otherwise. */
export function timeOut(scene: Scene, deployment: DeploymentView, reason: string): Verdict {
  if (scene.service.rollout.failureAction === 'rollback' && deployment.kind === 'redeploy' && !deployment.rollingBack) {
    const verdict = trip(scene, deployment, reason);
    if (verdict.deployment.state === 'rolling-back') return verdict;
  }
  return ending(deployment, 'failed', reason);
}

/** The write a verdict asks for; null when the stored deployment says the same already. */
export function changeOf(before: DeploymentView, verdict: Verdict): DeploymentChange | null {
  const { deployment: after, message, serviceRevision } = verdict;
  const same =
    before.state === after.state &&
    before.rollingBack === after.rollingBack &&
    before.progressSlots === after.progressSlots &&
    before.lastProgressAt?.getTime() === after.lastProgressAt?.getTime() &&
    before.completeSince?.getTime() === after.completeSince?.getTime() &&
    before.deadlineAt.getTime() === after.deadlineAt.getTime();
  if (same) return null;
  return {
    id: after.id,
    state: after.state,
    message,
    lastProgressAt: after.lastProgressAt,
    completeSince: after.completeSince,
    rollingBack: after.rollingBack,
    deadlineAt: after.deadlineAt,
    progressSlots: after.progressSlots,
    serviceRevision,
  };
}

export const hasEnded = (deployment: DeploymentView): boolean => deploymentEnded(deployment.state);
