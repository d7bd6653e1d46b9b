/** An asynchronous operation and its audit record; also written, already ended, for calls that end at once. */
export const actionStates = ['pending', 'in-progress', 'canceling', 'canceled', 'success', 'failed'] as const;
export type ActionState = (typeof actionStates)[number];

export const actionTransitions: Record<ActionState, readonly ActionState[]> = {
  pending: ['in-progress', 'canceling', 'canceled', 'success', 'failed'],
  'in-progress': ['canceling', 'canceled', 'success', 'failed'],
  canceling: ['canceled', 'success', 'failed'],
  canceled: [],
  success: [],
  failed: [],
};

export const actionEnded = (state: ActionState): boolean => actionTransitions[state].length === 0;
