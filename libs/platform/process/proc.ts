import { readFileSync } from 'node:fs';

/** Who a process is for its whole life: the pid alone is given to somebody else after it ends. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks between boot and the start of the process (/proc/PID/stat, field 22). */
  startTicks: string;
  bootId: string;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The state letter and start of a process, from /proc/PID/stat; the command's name may hold spaces and brackets. */
export function parseStat(stat: string): { state: string; startTicks: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  return state && startTicks ? { state, startTicks } : undefined;
}

/** Undefined when there is no such process, or only a zombie that its parent has not collected. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const parsed = stat === undefined ? undefined : parseStat(stat);
  if (!parsed || parsed.state === 'Z' || parsed.state === 'X') return undefined;
  return { pid, startTicks: parsed.startTicks, bootId: readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '' };
}

export function isStillRunning(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

export function signalIfStillRunning(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isStillRunning(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
