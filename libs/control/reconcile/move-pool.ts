import { takesRequests, type PoolState } from '#libs/domain/container/pool.js';
import type { ContainerView } from '../snapshot.js';
import { lives } from './container-facts.js';
import type { PlanDraft } from './plan-draft.js';
import type { Scene } from './scene.js';

/**
 * Brings containers of a routed service into the edges' pool and out of it, after all else is planned: what is up and
 * stays joins, and what has left is told to end. Edges that do not answer hold up nothing for longer than the
 * service's patience with them.
 */
export function movePool(scene: Scene, draft: PlanDraft): void {
  const { routing } = scene.service;
  for (const container of scene.containers) {
    if (container.state === 'removed' || (routing === null && container.pool === 'none')) continue;
    const { desired, pool } = draft.planned(container);
    if (container.pool === 'leaving' && pool === null) release(scene, draft, container);
    else if (desired === 'running' && pool === null) admit(scene, draft, container);
    wait(scene, draft, container, draft.planned(container).pool);
  }
}

/** Tells a container's agent what the container has left the pool for. */
function release(scene: Scene, draft: PlanDraft, container: ContainerView): void {
  if (!lives(container)) return draft.movePool(container, 'out', 'It has ended.');
  if (scene.service.routing === null) return draft.movePool(container, 'out', 'No route leads to it any more.');
  if (container.state !== 'running' || scene.nodeIsGone(container)) {
    return draft.movePool(container, 'out', 'It does not serve any more.');
  }
  if (scene.isPoolSettled(container)) draft.movePool(container, 'out', 'No edge sends it requests any more.');
}

function admit(scene: Scene, draft: PlanDraft, container: ContainerView): void {
  const { pool } = container;
  // One that is to be started again has to come up first: until then it is its former run that is seen.
  const serves = scene.isUp(container) && container.incarnation >= container.startIncarnation;
  if (scene.service.routing === null || !serves) {
    if (takesRequests(pool)) draft.movePool(container, 'none', 'No edge is to send it requests.');
  } else if (!takesRequests(pool)) {
    const next = scene.service.routing.edgesLive ? 'joining' : 'in';
    draft.movePool(container, next, 'It is up: edges are to send it requests.');
  } else if (pool === 'joining' && scene.isPoolSettled(container)) {
    draft.movePool(container, 'in', 'Edges send it requests.');
  }
}

function wait(scene: Scene, draft: PlanDraft, container: ContainerView, planned: PoolState | null): void {
  const pool = planned ?? container.pool;
  if (scene.service.routing === null || (pool !== 'joining' && pool !== 'leaving')) return;
  const due = planned === null ? scene.poolDueAt(container) : null;
  draft.lookAgain(due ?? new Date(scene.now.getTime() + scene.service.routing.patienceMs));
}
