import { deploymentEnded, type DeploymentState } from '#libs/domain/deployment/state.js';
import { actionEvent } from '../action/action.event.js';
import type { ActionRecord, ActionResource, ContainerExpectation } from '../action/action.repository.port.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';

/** No deployment belongs to these: whoever makes the backup or empties the hosts ends them. */
const endedByOthers: ReadonlySet<ActionResource> = new Set(['volume', 'backup', 'node-cluster']);

/**
 * Ends an action whose deployments have all ended, truthfully: it succeeded only when each of them did. The action's
 * row is held first, so that of two deployments that end at once the second one sees the first.
 */
export async function settleDeployments(tx: Transaction, actionId: string, now: Date): Promise<void> {
  const action = await tx.actions.lock(actionId);
  if (!action || action.endedAt || action.expectation) return;
  if (endedByOthers.has(action.resourceType)) return;
  const deployments = await tx.actions.deploymentStates(actionId);
  if (deployments.some((one) => !isDecided(one.state as DeploymentState))) return;
  const bad = deployments.filter((one) => one.state !== 'succeeded');
  const message = bad.map((one) => `${one.serviceName}: ${one.message ?? one.state}`).join(' ') || null;
  await end(tx, action, bad.length ? 'failed' : 'success', message, now);
}

/** A paused rollout waits for its user, so for the action that began it the outcome is known: it failed. */
export const isDecided = (state: DeploymentState): boolean => deploymentEnded(state) || state === 'paused';

/** Ends actions on single containers as soon as what they wait for was observed, or can no longer be. */
export async function settleExpectations(
  tx: Transaction,
  open: readonly ActionRecord[],
  containers: ContainerRecord[],
  now: Date,
): Promise<void> {
  if (!open.length) return;
  const byId = new Map(containers.map((container) => [container.id, container]));
  for (const action of open) {
    const verdicts = (action.expectation ?? []).map((expected) => judge(expected, byId.get(expected.containerId)));
    const failed = verdicts.find((verdict) => typeof verdict === 'object');
    if (failed) await end(tx, action, 'failed', failed.sentence, now);
    else if (verdicts.every((verdict) => verdict === 'met')) await end(tx, action, 'success', null, now);
  }
}

export type Verdict = 'met' | 'open' | { sentence: string };

export function judge(expected: ContainerExpectation, container: ContainerRecord | undefined): Verdict {
  const gone = !container || container.removedAt !== null || container.observed.state === 'removed';
  if (expected.state === 'moved' && !gone) {
    const stays = container.moveTo === null && container.desired === 'running';
    return stays ? { sentence: 'It stays where it is: where it was to go there is no place for it.' } : 'open';
  }
  if (expected.state === 'moved') return 'met';
  if (expected.state === 'removed') return gone ? 'met' : 'open';
  if (gone) return { sentence: 'The container was removed meanwhile.' };
  const { state, message, exitCode, incarnation } = container.observed;
  if (container.observedGeneration < expected.generation) return 'open';
  if (expected.state === 'exited') return state === 'exited' || state === 'failed' ? 'met' : 'open';
  if (state === 'running') return 'met';
  // A process that did its work and ended has been started all the same.
  if (state === 'exited' && exitCode === 0 && incarnation > 0 && container.desired === 'running') return 'met';
  if (state === 'failed' || state === 'exited') {
    return { sentence: message ?? `The container ended with code ${exitCode ?? 'unknown'}.` };
  }
  return 'open';
}

export async function end(
  tx: Transaction,
  action: ActionRecord,
  state: 'success' | 'failed' | 'canceled',
  message: string | null,
  now: Date,
): Promise<void> {
  if (!(await tx.actions.move(action.id, state, message, now))) return;
  await tx.events.append([actionEvent({ ...action, state }, 'update')]);
}
