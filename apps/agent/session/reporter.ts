import type { NodeReport } from '#libs/agent-protocol/node-assignment.js';
import type { ContainerState, ObservedContainer } from '#libs/domain/container/state.js';

const gatherMs = 10;
/** States that most containers are in for a moment only, and how long they wait to be told: most have passed by then. */
const passing: ReadonlySet<ContainerState> = new Set(['pulling', 'starting']);
const passingMs = 200;
const batchSize = 500;

/** Resolves when the session takes more; false when it is over. */
export type SendReports = (reports: NodeReport[]) => Promise<boolean>;

interface Entry {
  generation: number;
  observed: ObservedContainer;
}

/**
 * Knows the latest observed state of every container and tells it to whichever session is open: changes within a
 * few milliseconds, everything after a reconnect. While nobody listens, or the session is slow, a container's
 * newer state takes the place of its older one. So it does while a container is only on its way up: each report costs
 * the control plane a row, an event and a look, and who waits for a container waits for its arrival.
 */
export class Reporter {
  private readonly latest = new Map<string, Entry>();
  /** By when each is to be told, on the process's own clock. */
  private readonly dirty = new Map<string, number>();
  /** Removed containers whose report is on its way, with its number. */
  private readonly leaving = new Map<string, number>();
  private send: SendReports | null = null;
  private sequence = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;
  private flushing = false;

  /** `onGone` is told of each container whose removal the control plane has stored. */
  constructor(private readonly onGone: (containerId: string) => void) {}

  put(containerId: string, generation: number, observed: ObservedContainer): void {
    const before = this.latest.get(containerId);
    if (before?.generation === generation && same(before.observed, observed)) return;
    this.latest.set(containerId, { generation, observed });
    const at = performance.now() + (passing.has(observed.state) ? passingMs : gatherMs);
    this.dirty.set(containerId, Math.min(at, this.dirty.get(containerId) ?? Infinity));
    this.schedule(at);
  }

  forget(containerId: string): void {
    this.latest.delete(containerId);
    this.dirty.delete(containerId);
    this.leaving.delete(containerId);
  }

  /** A session begins: numbers start again and everything is told. */
  open(send: SendReports): void {
    this.send = send;
    this.sequence = 0;
    this.leaving.clear();
    const at = performance.now() + gatherMs;
    for (const id of this.latest.keys()) this.dirty.set(id, at);
    this.schedule(at);
  }

  close(): void {
    this.send = null;
    this.disarm();
  }

  /** Everything up to this number is in the control plane's database. */
  stored(sequence: number): void {
    for (const [id, number] of this.leaving) {
      if (number > sequence || this.dirty.has(id)) continue;
      this.leaving.delete(id);
      this.onGone(id);
    }
  }

  private schedule(at: number): void {
    if (this.timerAt <= at || this.flushing || !this.send || this.dirty.size === 0) return;
    this.disarm();
    this.timerAt = at;
    this.timer = setTimeout(() => void this.flush(), Math.max(0, at - performance.now()));
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.timerAt = Infinity;
  }

  private due(): string[] {
    const until = performance.now() + gatherMs;
    const due: string[] = [];
    for (const [id, at] of this.dirty) if (at <= until && due.push(id) === batchSize) break;
    return due;
  }

  private async flush(): Promise<void> {
    this.disarm();
    this.flushing = true;
    try {
      for (let due = this.due(); this.send && due.length > 0; due = this.due()) {
        const { send } = this;
        if (!(await send(this.take(due)))) return;
      }
    } finally {
      this.flushing = false;
      this.schedule(Math.min(...this.dirty.values()));
    }
  }

  private take(due: readonly string[]): NodeReport[] {
    const reports: NodeReport[] = [];
    for (const containerId of due) {
      this.dirty.delete(containerId);
      const entry = this.latest.get(containerId);
      if (!entry) continue;
      const sequence = ++this.sequence;
      if (entry.observed.state === 'removed') this.leaving.set(containerId, sequence);
      reports.push({ sequence, containerId, ...entry });
    }
    return reports;
  }
}

const same = (a: ObservedContainer, b: ObservedContainer): boolean => JSON.stringify(a) === JSON.stringify(b);
