import { DomainError } from '#libs/domain/error.js';
import type { StackState } from '#libs/domain/stack/state.js';
import type { StackRecord } from './stack.repository.port.js';

export type StackVerb = 'start' | 'stop' | 'redeploy' | 'update' | 'terminate';

/** Source: stack.md "Stack states"; `stop` follows its own endpoint, which the table of states leaves out. */
export const stackVerbs: Record<StackState, readonly StackVerb[]> = {
  'not-running': ['start', 'update', 'terminate'],
  starting: ['update', 'terminate'],
  running: ['stop', 'redeploy', 'update', 'terminate'],
  'partly-running': ['start', 'stop', 'redeploy', 'update', 'terminate'],
  stopping: ['terminate'],
  stopped: ['start', 'redeploy', 'update', 'terminate'],
  redeploying: ['update', 'terminate'],
  terminating: [],
  terminated: [],
};

export function requireStackVerb(stack: Pick<StackRecord, 'name' | 'state'>, verb: StackVerb): void {
  const allowed = stackVerbs[stack.state];
  if (allowed.includes(verb)) return;
  throw new DomainError(
    'state',
    `Stack "${stack.name}" is ${stack.state.replace('-', ' ')}, which does not allow ${verb}` +
      (allowed.length ? `; it allows ${allowed.join(', ')}.` : ' or any other action.'),
  );
}
