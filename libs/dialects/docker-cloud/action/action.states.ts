import type { ActionState } from '#libs/domain/action/state.js';

export const actionStateNames = {
  pending: 'Pending',
  'in-progress': 'In progress',
  canceling: 'Canceling',
  canceled: 'Canceled',
  success: 'Success',
  failed: 'Failed',
} as const satisfies Record<ActionState, string>;

export const actionStateOf = Object.fromEntries(
  Object.entries(actionStateNames).map(([state, name]) => [name, state]),
) as Record<(typeof actionStateNames)[ActionState], ActionState>;
