import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { identify, isStillRunning, type ProcessIdentity, signalIfStillRunning } from '#libs/platform/process/proc.js';
import { waitFor } from '#libs/launch/process/wait.js';

/** Every process in the mount namespace that the file names, and all that descend from those: a machine's whole. */
export function processesBelow(mountFile: string): ProcessIdentity[] {
  const namespace = namespaceOf(mountFile);
  if (namespace === undefined) return [];
  const parents = new Map<number, number>();
  const found = new Set<number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      if (readlinkSync(`/proc/${pid}/ns/mnt`) === namespace) found.add(pid);
    } catch {
      // it has just ended
    }
  }
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (!found.has(parent) || found.has(pid)) continue;
      found.add(pid);
      grown = true;
    }
  }
  return [...found].map(identify).filter((identity) => identity !== undefined);
}

/** Ends them all at once, as a power cut would, also those that are born meanwhile. */
export async function killBelow(mountFile: string): Promise<void> {
  await waitFor(
    () => {
      const left = processesBelow(mountFile).filter(isStillRunning);
      for (const identity of left) signalIfStillRunning(identity, 'SIGKILL');
      // One that was about to end may have started another: only a look that finds none is the end.
      return left.length === 0;
    },
    { what: 'The end of every process of a lab machine', timeoutMs: 10_000, intervalMs: 10 },
  );
}

/** As /proc/PID/ns/mnt shows it; undefined where the file holds no namespace, or, beware, this machine's own. */
function namespaceOf(mountFile: string): string | undefined {
  try {
    const { ino } = statSync(mountFile);
    const found = `mnt:[${ino}]`;
    const held = readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${found} ${mountFile} `);
    return held && readlinkSync('/proc/self/ns/mnt') !== found ? found : undefined;
  } catch {
    return undefined;
  }
}
