import type { StackState } from '#libs/domain/stack/state.js';
import type { ServiceState } from '#libs/domain/service/state.js';

/**
 * A stack's state from its services':
 *
 * - none at all: `not-running`; all terminated: `terminated`; all that are left terminating: `terminating`.
 *   A service that goes while others stay says nothing about the stack.
 * - one that changes names the stack, in the order `redeploying`, `starting`, `stopping`. A service that is being
 *   scaled runs meanwhile: a stack has no such state.
 * - all run: `running`; some run: `partly-running`; none runs: `stopped` when at least one has run, else
 *   `not-running`.
 */
export function deriveStackState(services: readonly ServiceState[]): StackState {
  if (services.length === 0) return 'not-running';
  const present = services.filter((state) => state !== 'terminated');
  if (present.length === 0) return 'terminated';
  const staying = present.filter((state) => state !== 'terminating');
  if (staying.length === 0) return 'terminating';

  for (const changing of ['redeploying', 'starting', 'stopping'] as const) {
    if (staying.includes(changing)) return changing;
  }
  const runs = (state: ServiceState): boolean => state === 'running' || state === 'scaling';
  if (staying.every(runs)) return 'running';
  if (staying.some((state) => runs(state) || state === 'partly-running')) return 'partly-running';
  return staying.includes('stopped') ? 'stopped' : 'not-running';
}
