import type { NodeReport } from '#libs/agent-protocol/node-assignment.js';
import type { ObservedContainer } from '#libs/domain/container/state.js';

const gatherMs = 10;
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
 * newer state takes the place of its older one.
 */
export class Reporter {
  private readonly latest = new Map<string, Entry>();
  private readonly dirty = new Set<string>();
  /** Removed containers whose report is on its way, with its number. */
  private readonly leaving = new Map<string, number>();
  private send: SendReports | null = null;
  private sequence = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing = false;

  /** `onGone` is told of each container whose removal the control plane has stored. */
  constructor(private readonly onGone: (containerId: string) => void) {}

  put(containerId: string, generation: number, observed: ObservedContainer): void {
    const before = this.latest.get(containerId);
    if (before?.generation === generation && same(before.observed, observed)) return;
    this.latest.set(containerId, { generation, observed });
    this.dirty.add(containerId);
    this.schedule();
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
    for (const id of this.latest.keys()) this.dirty.add(id);
    this.schedule();
  }

  close(): void {
    this.send = null;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Everything up to this number is in the control plane's database. */
  stored(sequence: number): void {
    for (const [id, number] of this.leaving) {
      if (number > sequence || this.dirty.has(id)) continue;
      this.leaving.delete(id);
      this.onGone(id);
    }
  }

  private schedule(): void {
    if (this.timer || this.flushing || !this.send || this.dirty.size === 0) return;
    this.timer = setTimeout(() => void this.flush(), gatherMs);
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    this.flushing = true;
    try {
      while (this.send && this.dirty.size > 0) {
        const { send } = this;
        if (!(await send(this.take()))) return;
      }
    } finally {
      this.flushing = false;
      this.schedule();
    }
  }

  private take(): NodeReport[] {
    const reports: NodeReport[] = [];
    for (const containerId of this.dirty) {
      if (reports.length === batchSize) break;
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
