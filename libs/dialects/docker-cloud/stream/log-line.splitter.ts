import { StringDecoder } from 'node:string_decoder';

const longest = 64 * 1024;

export interface LogLine {
  /** With its line end, when it had one. */
  text: string;
  /** Seconds since 1970. */
  timestamp: number;
}

/** Makes lines of one channel's chunks, and takes off the time the engine put before each. */
export class LogLineSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  push(data: Buffer): LogLine[] {
    const parts = (this.rest + this.decoder.write(data)).split('\n');
    this.rest = parts.pop() ?? '';
    const lines = parts.map((part) => toLine(`${part}\n`));
    if (this.rest.length > longest) {
      lines.push(toLine(this.rest));
      this.rest = '';
    }
    return lines;
  }

  /** What came last without a line end. */
  flush(): LogLine[] {
    const last = this.rest + this.decoder.end();
    this.rest = '';
    return last === '' ? [] : [toLine(last)];
  }
}

const stamp = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2}) ?/;

function toLine(text: string): LogLine {
  const match = stamp.exec(text);
  const at = match ? Date.parse(`${match[1]}${match[2]}`) : NaN;
  return match && !Number.isNaN(at)
    ? { text: text.slice(match[0].length), timestamp: Math.floor(at / 1000) }
    : { text, timestamp: Math.floor(Date.now() / 1000) };
}
