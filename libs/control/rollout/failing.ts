import type { ContainerView } from '../snapshot.js';
import { isDone, isOver, lives } from '../reconcile/container-facts.js';
import type { Scene } from '../reconcile/scene.js';

/** Made by the rollout or, while it turns back, by its way back: what the rollout is judged by. */
export const isOwn = (scene: Scene, container: ContainerView): boolean =>
  container.deploymentId === scene.deployment?.id && container.revision === scene.rolloutTarget;

/**
 * At the revision the rollout heads for. On the way out only what the rollout made itself counts, so that a
 * redeploy of an unchanged revision still replaces everything; on the way back whatever still has the former one.
 */
export const isAtTarget = (scene: Scene, container: ContainerView): boolean =>
  scene.deployment?.state === 'rolling-back' ? container.revision === scene.rolloutTarget : isOwn(scene, container);

export const endSentence = (scene: Scene, container: ContainerView): string => {
  const label = scene.label(container.ordinal);
  const said = container.message?.trim();
  if (container.state === 'exited' && container.exitCode !== null && container.exitCode !== 0) {
    return `${label} exited with code ${container.exitCode}.`;
  }
  if (said) return `${label} failed: ${/[.!?]$/.test(said) ? said : `${said}.`}`;
  return container.state === 'exited' ? `${label} exited with an unknown code.` : `${label} failed.`;
};

/** What a container that is not up is busy with, to end a sentence. */
export const waitClause = (scene: Scene, container: ContainerView): string => {
  switch (container.state) {
    case 'pending':
      return 'its node has not taken it up yet';
    case 'pulling':
      return 'it is still pulling its image';
    case 'starting':
      return 'it is still starting';
    case 'stopping':
      return 'it is still stopping';
    case 'running':
      if (!scene.isUp(container)) return 'it runs but is not healthy';
      return scene.isAvailable(container) ? 'it runs' : 'it runs but not every edge sends it requests yet';
    case 'lost':
      return 'its node is lost';
    default:
      return 'it has not been started again yet';
  }
};

/**
 * Why a container of the rollout counts as failed, or null. An end with code 0 is a job's success. A restart by
 * its policy counts whenever it happens within the rollout: a crashing revision must not pass between two crashes.
 */
export function failureOf(scene: Scene, container: ContainerView): string | null {
  if (!isOwn(scene, container)) return null;
  const label = scene.label(container.ordinal);
  if (container.failedAt !== null) return endSentence(scene, container);
  if (container.desired !== 'running') return null;
  if (isOver(container)) return isDone(container) ? null : endSentence(scene, container);
  if (!lives(container)) return null;
  if (container.incarnation > Math.max(1, container.startIncarnation)) return `${label} ended and was started again.`;
  if (container.state === 'running' && container.health === 'unhealthy') return `${label} is unhealthy.`;
  if (!scene.isUp(container) && upBy(scene, container) <= scene.now) {
    return `${label} did not come up in time: ${waitClause(scene, container)}.`;
  }
  return null;
}

/** The moment by which a container of the rollout has to be up. */
export const upBy = (scene: Scene, container: ContainerView): Date =>
  new Date(container.createdAt.getTime() + scene.service.rollout.progressDeadlineMs);

/** The ordinals whose containers failed in this direction of the rollout, each with the first reason. */
export function failedSlots(scene: Scene): Map<number, string> {
  const failed = new Map<number, string>();
  for (const container of scene.containers) {
    const reason = failureOf(scene, container);
    if (reason !== null && !failed.has(container.ordinal)) failed.set(container.ordinal, reason);
  }
  return failed;
}
