import type { DeploymentKind } from '#libs/domain/deployment/state.js';
import type { ServiceIntent } from '#libs/domain/service/state.js';
import type { DeploymentView, Refusal, ServicePlan, ServiceSnapshot } from '../snapshot.js';
import { judgeChange, judgeRefusedChange, judgeStop, judgeTermination } from '../rollout/judge-change.js';
import { judgeRefusedRollout, judgeRollout, monitorEnd } from '../rollout/judge-rollout.js';
import { replaceSlots } from '../rollout/replace-slots.js';
import { changeOf, ending, hasEnded, unchanged, type Verdict } from '../rollout/verdict.js';
import { keepSlots, removeAll, stopAll } from './keep-slots.js';
import { movePool } from './move-pool.js';
import { PlanDraft } from './plan-draft.js';
import { Scene } from './scene.js';
import { deriveServiceState, isSynchronized } from './service-state.js';

/** Which deployments make sense for an intent; another one was overtaken by what the user asked for since. */
const kindsOf: Record<ServiceIntent, readonly DeploymentKind[]> = {
  created: ['scale'],
  running: ['create', 'start', 'redeploy', 'scale'],
  stopped: ['stop', 'scale'],
  terminated: ['terminate'],
};

/**
 * Decides what to do for one service. Pure: the same snapshot gives the same plan, and the snapshot after the plan
 * was applied gives an empty one until something is reported or `lookAgainAt` has come.
 *
 * The deployment is judged first, by what is observed, and the containers are then moved according to the outcome;
 * when the outcome changes the course (turned back, paused, ended), all is looked at once more on the new course.
 * Courses only move forward, so this ends.
 */
export function reconcileService(snapshot: ServiceSnapshot): ServicePlan {
  const before = snapshot.deployment !== null && !hasEnded(snapshot.deployment) ? snapshot.deployment : null;
  let deployment = before;
  let service = snapshot.service;
  /** Without the moves that found no place. */
  let seen = snapshot;
  const stayed = new Set<string>();
  let message: string | null = null;
  let serviceRevision: number | null = null;

  for (;;) {
    const open = deployment !== null && !hasEnded(deployment) ? deployment : null;
    let scene = new Scene(seen, open, service);
    const judged = open === null ? null : judge(scene, open);
    if (judged !== null && deployment !== null && judged.deployment.state !== deployment.state) {
      take(judged);
      continue;
    }
    if (judged !== null) {
      deployment = judged.deployment;
      scene = new Scene(seen, deployment, service);
    }
    const draft = new PlanDraft(scene);
    act(scene, draft);
    if (draft.staying.size > 0) {
      for (const id of draft.staying) stayed.add(id);
      seen = {
        ...seen,
        containers: seen.containers.map((one) => (stayed.has(one.id) ? { ...one, moveTo: null } : one)),
      };
      continue;
    }
    movePool(scene, draft);
    for (const one of scene.containers) if (stayed.has(one.id)) draft.staysPut(one);
    if (judged !== null && deployment !== null) {
      const refused = judgeRefusals(scene, deployment, draft.refusals);
      if (refused.deployment.state !== deployment.state) {
        take(refused);
        continue;
      }
      if (deployment.deadlineAt > scene.now) draft.lookAgain(deployment.deadlineAt);
      const monitored = monitorEnd(scene, deployment);
      if (monitored !== null) draft.lookAgain(monitored);
    }
    const verdict = deployment === null ? null : { deployment, message, serviceRevision };
    return {
      create: draft.create,
      change: draft.change,
      refusals: draft.refusals,
      deployment: before === null || verdict === null ? null : changeOf(before, verdict),
      state: deriveServiceState(scene),
      synchronized: isSynchronized(scene),
      lookAgainAt: draft.lookAgainAt,
    };
  }

  function take(verdict: Verdict): void {
    deployment = verdict.deployment;
    message = verdict.message ?? message;
    if (verdict.serviceRevision !== null) {
      serviceRevision = verdict.serviceRevision;
      service = { ...service, revision: serviceRevision };
    }
  }
}

function judge(scene: Scene, deployment: DeploymentView): Verdict {
  const { intent } = scene.service;
  if (!kindsOf[intent].includes(deployment.kind)) {
    return ending(deployment, 'superseded', `The service was asked for something else: it is to be ${intent}.`);
  }
  if (deployment.state === 'paused') {
    return deployment.deadlineAt <= scene.now ? ending(deployment, 'failed', null) : unchanged(deployment);
  }
  if (intent === 'terminated') return judgeTermination(scene, deployment);
  if (deployment.kind === 'stop') return judgeStop(scene, deployment);
  // A size that is set while nothing runs is kept for the next start.
  if (intent !== 'running') return ending(deployment, 'succeeded', null);
  return deployment.kind === 'redeploy' ? judgeRollout(scene, deployment) : judgeChange(scene, deployment);
}

function judgeRefusals(scene: Scene, deployment: DeploymentView, refusals: readonly Refusal[]): Verdict {
  if (scene.active === null || scene.service.intent !== 'running') return unchanged(deployment);
  return deployment.kind === 'redeploy'
    ? judgeRefusedRollout(scene, deployment, refusals)
    : judgeRefusedChange(scene, deployment, refusals);
}

function act(scene: Scene, draft: PlanDraft): void {
  switch (scene.service.intent) {
    case 'created':
      return;
    case 'terminated':
      return removeAll(scene, draft);
    case 'stopped':
      return stopAll(scene, draft);
    case 'running':
      return scene.rolloutTarget === null ? keepSlots(scene, draft) : replaceSlots(scene, draft);
  }
}
