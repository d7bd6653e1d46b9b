import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Installation } from '#libs/launch/installation/installation.js';
import { LaunchError } from '#libs/launch/launch-error.js';

const tailBytes = 16 * 1024;
const lookMs = 300;

export interface LogsOptions {
  part: string | undefined;
  follow: boolean;
}

/** The last lines of every part's log, or of one; with `follow`, what comes until Ctrl-C. */
export async function logs(checkout: string, options: LogsOptions): Promise<void> {
  const { state } = Installation.open(checkout);
  const folder = state.file('logs');
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.log'))
        .map((name) => basename(name, '.log'))
    : [];
  if (options.part && !names.includes(options.part)) {
    throw new LaunchError(`There is no log of "${options.part}". There are: ${names.join(', ') || 'none yet'}.`);
  }
  const chosen = options.part ? [options.part] : names.sort();
  const readers = chosen.map((name) => new LogReader(name, state.logFile(name), chosen.length > 1));
  do {
    for (const reader of readers) await reader.print();
    if (options.follow) await delay(lookMs);
  } while (options.follow);
}

class LogReader {
  private position: number | undefined;
  private rest = '';

  constructor(
    private readonly name: string,
    private readonly file: string,
    private readonly prefixed: boolean,
  ) {}

  /** Prints what was added since the last time. */
  async print(): Promise<void> {
    const size = existsSync(this.file) ? statSync(this.file).size : 0;
    const first = this.position === undefined;
    // A log that became shorter was replaced by a new one.
    let start = this.position === undefined ? Math.max(0, size - tailBytes) : this.position;
    if (start > size) start = 0;
    if (start === size) {
      this.position = size;
      return;
    }
    let text = this.rest;
    for await (const piece of createReadStream(this.file, { start, end: size - 1, encoding: 'utf8' })) text += piece;
    this.position = size;
    const lines = text.split('\n');
    this.rest = lines.pop() ?? '';
    if (first && start > 0) lines.shift();
    for (const line of lines) process.stdout.write(this.prefixed ? `${this.name.padEnd(10)} ${line}\n` : `${line}\n`);
  }
}
