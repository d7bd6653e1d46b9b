import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

interface Times {
  parent: number;
  own: number;
  /** Of children that have ended. */
  children: number;
}

/**
 * Processor time in ms that a process, the children it has and those that have ended took, since it began. Unlike time
 * on the clock it counts alike on a machine that has other work.
 */
export function processorMs(pid: number): number {
  const root = timesOf(pid);
  if (!root) throw new Error(`There is no process ${pid}.`);
  const children = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (timesOf(Number(name)) ?? []) : []));
  const living = children.filter(({ parent }) => parent === pid).reduce((sum, { own }) => sum + own, 0);
  return ((root.own + root.children + living) * 1_000) / ticksPerSecond;
}

function timesOf(pid: number): Times | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined; // it has just ended
  }
}

/** Of a line of /proc/PID/stat, in ticks; the name in it may hold anything. */
export function parseStat(line: string): Times {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const at = (index: number) => Number(fields[index]);
  return { parent: at(1), own: at(11) + at(12), children: at(13) + at(14) };
}
