import type { HealthState } from '#libs/domain/container/state.js';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';

/**
 * What the engine has, as far as the agent knows: `gone` is a process that was seen to end and whose exit code is
 * still to be fetched; `unknown` has to be looked at first.
 */
export type Phase = 'unknown' | 'absent' | 'created' | 'running' | 'gone' | 'ended';

/** A run that is over for good under its assignment's generation; only a newer one starts it again. */
export interface Settled {
  generation: number;
  state: 'exited' | 'failed';
  message: string | null;
}

/** The agent's own memory of one container, kept across its restarts. Times are milliseconds since the epoch. */
export interface RunRecord {
  engineId: string | null;
  /** 0 before the first start. */
  incarnation: number;
  /** The explicit restart that was acted on last. */
  restartNonce: number;
  /** Ends in a row that the restart policy counts. */
  failures: number;
  /** When the restart policy lets it start again; null before it was asked about the end of the latest run. */
  restartAt: number | null;
  /** The engine's own time of its latest start: tells a run the agent knows from one it missed. */
  startedAt: number | null;
  finishedAt: number | null;
  exitCode: number | null;
  imageDigest: string | null;
  /** The engine’s volumes that it was made with, by their target; absent in records of older agents. */
  volumes?: Record<string, string>;
  /** Of the present run; kept so that a restart of the agent does not make a healthy container doubtful. */
  health: HealthState;
  settled: Settled | null;
}

export interface ContainerRecord {
  assignment: NodeAssignment;
  run: RunRecord;
}

/** Volumes that it has from its assignment, by their target. */
export const volumesOf = ({ volumes }: NodeAssignment): Record<string, string> =>
  Object.fromEntries(volumes.map(({ target, name }) => [target, name]));

/** False once a volume of it was restored since: the data is then in another volume of the engine. */
export const hasItsVolumes = ({ assignment, run }: ContainerRecord): boolean =>
  assignment.volumes.every(({ target, name }) => (run.volumes?.[target] ?? name) === name);

export const newRun = (assignment: NodeAssignment): RunRecord => ({
  engineId: null,
  incarnation: 0,
  restartNonce: assignment.restartNonce,
  failures: 0,
  restartAt: null,
  startedAt: null,
  finishedAt: null,
  exitCode: null,
  imageDigest: null,
  health: 'none',
  settled: null,
});
