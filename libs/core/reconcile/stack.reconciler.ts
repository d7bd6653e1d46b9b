import { deriveStackState } from '#libs/control/reconcile/stack-state.js';
import { Clock } from '#libs/platform/clock.js';
import { stackEvent } from '../stack/stack.commands.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { Reconciler } from './reconciler.js';

/** Derives a stack's state from its services. */
export class StackReconciler implements Reconciler {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async reconcile(stackId: string): Promise<Date | null> {
    await this.work.platform((tx) => settleStack(tx, stackId, this.clock.now()));
    return null;
  }
}

export async function settleStack(tx: Transaction, stackId: string, now: Date): Promise<void> {
  const stack = await tx.stacks.lockAny(stackId);
  if (!stack || stack.destroyedAt) return;
  const services = await tx.services.byStack(stackId);
  const gone = stack.intent === 'terminated' && services.length === 0;
  const state = gone
    ? 'terminated'
    : services.length
      ? deriveStackState(services.map((service) => service.state))
      : emptyState(stack.intent);
  const synchronized = services.every((service) => service.synchronized);
  if (state === stack.state && synchronized === stack.synchronized) return;
  stack.state = state;
  stack.synchronized = synchronized;
  if (gone) {
    stack.destroyedAt = now;
    await tx.quotas.take(stack.organizationId, stack.projectId, { stacks: -1 });
  }
  await tx.stacks.update(stack);
  await tx.events.append([stackEvent(stack, gone ? 'delete' : 'update')]);
}

/** A stack without services is as its user last asked for. */
const emptyState = (intent: string) =>
  intent === 'running' ? 'running' : intent === 'stopped' ? 'stopped' : 'not-running';
