import { readFile } from 'node:fs/promises';

/** Checks a second that all watched processes may cost together; one check is about a microsecond. */
const checksPerSecond = 10_000;
const shortestMs = 5;
const longestMs = 100;
/** A process id that was given away again is noticed by its start time, which is read this seldom. */
const rereadMs = 5_000;

interface Watched {
  startTime: string;
  readAt: number;
  gone: () => void;
}

/**
 * Notices the end of containers' processes on this machine by their ids. Podman answers a wait only every 250 ms
 * and misses an end that a start follows; a process id says it within milliseconds and costs no connection.
 */
export class ExitWatch {
  private readonly watched = new Map<number, Set<Watched>>();
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  /**
   * Resolves when the process is gone or the caller gave up; `unseen` at once when it cannot be seen from here:
   * it is in another process namespace or on another machine.
   */
  async until(pid: number, engineId: string, signal?: AbortSignal): Promise<'gone' | 'unseen' | 'aborted'> {
    const startTime = await startTimeOf(pid);
    if (startTime === null || !(await belongsTo(pid, engineId))) return 'unseen';
    if (this.closed || signal?.aborted) return 'aborted';
    await new Promise<void>((resolve) => {
      const entry: Watched = { startTime, readAt: Date.now(), gone: () => finish() };
      const finish = () => {
        signal?.removeEventListener('abort', finish);
        this.drop(pid, entry);
        resolve();
      };
      signal?.addEventListener('abort', finish, { once: true });
      this.add(pid, entry);
    });
    return this.closed || signal?.aborted ? 'aborted' : 'gone';
  }

  /** Lets everyone go who waits, as if each had given up. */
  close(): void {
    this.closed = true;
    for (const entries of [...this.watched.values()]) for (const entry of [...entries]) entry.gone();
  }

  private add(pid: number, entry: Watched): void {
    const entries = this.watched.get(pid) ?? new Set();
    this.watched.set(pid, entries.add(entry));
    this.schedule();
  }

  private drop(pid: number, entry: Watched): void {
    const entries = this.watched.get(pid);
    entries?.delete(entry);
    if (entries?.size === 0) this.watched.delete(pid);
    if (this.watched.size === 0 && this.timer) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private schedule(): void {
    if (this.timer || this.watched.size === 0) return;
    const spread = (this.watched.size / checksPerSecond) * 1000;
    this.timer = setTimeout(() => this.check(), Math.min(longestMs, Math.max(shortestMs, spread)));
    // Watching keeps no process from ending: whoever waits holds a connection or a timer of its own.
    this.timer.unref();
  }

  private check(): void {
    this.timer = null;
    const now = Date.now();
    for (const [pid, entries] of this.watched) {
      if (!exists(pid)) {
        for (const entry of [...entries]) entry.gone();
        continue;
      }
      for (const entry of entries) if (now - entry.readAt > rereadMs) this.reread(pid, entry, now);
    }
    this.schedule();
  }

  private reread(pid: number, entry: Watched, now: number): void {
    entry.readAt = now;
    void startTimeOf(pid).then((startTime) => {
      if (startTime !== entry.startTime) entry.gone();
    });
  }
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Field 22 of stat; null for an absent process. */
const startTimeOf = async (pid: number): Promise<string | null> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
};

/** Control groups carry the container's id, so the same number in another process namespace is not mistaken for it. */
const belongsTo = async (pid: number, engineId: string): Promise<boolean> => {
  try {
    return (await readFile(`/proc/${pid}/cgroup`, 'latin1')).includes(engineId);
  } catch {
    return false;
  }
};
