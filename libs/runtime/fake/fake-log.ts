import { EventEmitter, once } from 'node:events';
import type { LogOptions, OutputFrame } from '../session.js';

interface Entry extends OutputFrame {
  at: Date;
}

/** Entries that a fake container keeps; older ones are dropped, as an engine's rotation does. */
const maxEntries = 10_000;

/** A container's log. One entry is one write; programs of the fake write whole lines. */
export class FakeLog {
  private entries: Entry[] = [];
  private dropped = 0;
  private running = false;
  private changes: EventEmitter | null = null;

  started(): void {
    this.running = true;
  }

  stopped(): void {
    this.running = false;
    this.changes?.emit('change');
  }

  append(frame: OutputFrame): void {
    this.entries.push({ ...frame, at: new Date() });
    if (this.entries.length > maxEntries * 2) {
      this.dropped += this.entries.length - maxEntries;
      this.entries = this.entries.slice(-maxEntries);
    }
    this.changes?.emit('change');
  }

  async *read(options: LogOptions): AsyncGenerator<OutputFrame> {
    const { signal } = options;
    const end = this.dropped + this.entries.length;
    let at = options.tail === undefined ? this.dropped : Math.max(this.dropped, end - options.tail);
    for (;;) {
      if (signal?.aborted) return;
      at = Math.max(at, this.dropped);
      const entry = this.entries[at - this.dropped];
      if (entry) {
        at += 1;
        if (wanted(entry, options)) yield toFrame(entry, options);
      } else if (options.follow && this.running) {
        this.changes ??= new EventEmitter().setMaxListeners(0);
        await once(this.changes, 'change', { signal }).catch(() => undefined);
      } else {
        return;
      }
    }
  }
}

const wanted = (entry: Entry, options: LogOptions): boolean =>
  (options[entry.stream] ?? true) &&
  (options.since === undefined || entry.at >= options.since) &&
  (options.until === undefined || entry.at <= options.until);

const toFrame = (entry: Entry, options: LogOptions): OutputFrame => ({
  stream: entry.stream,
  data: options.timestamps ? Buffer.concat([Buffer.from(`${entry.at.toISOString()} `), entry.data]) : entry.data,
});
