import { hasItsVolumes, type ContainerRecord, type Phase } from './container.record.js';

/** One step of a container's loop towards its assignment. */
export type Step =
  | { do: 'look' }
  | { do: 'collect' } // fetch how its process ended
  | { do: 'create' }
  | { do: 'start' }
  | { do: 'stop'; why: 'stopped' | 'restart' | 'removed' }
  | { do: 'remove' }
  | { do: 'forget' }
  | { do: 'weigh' } // ask the restart policy
  | { do: 'settle' }
  | { do: 'wait'; until: number }
  | { do: 'none' };

export interface Situation {
  record: ContainerRecord;
  phase: Phase;
  /** It was reported as removed. */
  forgotten: boolean;
  now: number;
}

/** True when the assignment asks for a start that the agent has not acted on. */
export const wantsFreshStart = ({ assignment, run }: ContainerRecord): boolean =>
  assignment.restartNonce > run.restartNonce ||
  (run.settled !== null && assignment.generation > run.settled.generation);

export function nextStep(situation: Situation): Step {
  const { record, phase } = situation;
  if (phase === 'unknown') return { do: 'look' };
  if (phase === 'gone') return { do: 'collect' };
  if (record.assignment.desired === 'removed') return removal(situation);
  if (record.assignment.desired === 'stopped') return stopping(situation);
  if (phase === 'running') {
    return record.assignment.restartNonce > record.run.restartNonce ? { do: 'stop', why: 'restart' } : { do: 'none' };
  }
  return starting(situation);
}

function removal({ phase, forgotten }: Situation): Step {
  if (phase === 'running') return { do: 'stop', why: 'removed' };
  if (phase !== 'absent') return { do: 'remove' };
  return forgotten ? { do: 'none' } : { do: 'forget' };
}

function stopping({ phase, record }: Situation): Step {
  if (phase === 'running') return { do: 'stop', why: 'stopped' };
  return record.run.settled?.generation === record.assignment.generation ? { do: 'none' } : { do: 'settle' };
}

function starting({ phase, record, now }: Situation): Step {
  const { restartAt } = record.run;
  const fresh = wantsFreshStart(record);
  if (record.run.settled && !fresh) return { do: 'none' };
  if (phase === 'absent') return { do: 'create' };
  // It is made anew around the volumes that it is to have now.
  if (!hasItsVolumes(record)) return { do: 'remove' };
  if (phase === 'created' || fresh) return { do: 'start' };
  if (restartAt === null) return { do: 'weigh' };
  return restartAt > now ? { do: 'wait', until: restartAt } : { do: 'start' };
}
