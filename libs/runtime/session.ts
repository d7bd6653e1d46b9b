import type { Readable, Writable } from 'node:stream';

export interface OutputFrame {
  /** With a TTY everything is `stdout`. */
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

export interface LogOptions {
  follow?: boolean;
  /** Lines from the end; all when absent. */
  tail?: number;
  since?: Date;
  until?: Date;
  /** Both are on unless told otherwise. */
  stdout?: boolean;
  stderr?: boolean;
  /** Each line starts with its RFC 3339 time. */
  timestamps?: boolean;
  signal?: AbortSignal;
}

export interface ExecOptions {
  command: string[];
  tty?: boolean;
  /** False: the process reads end of file at once. */
  stdin?: boolean;
  environment?: { name: string; value: string }[];
  user?: string;
  workingDir?: string;
  privileged?: boolean;
  /** Of the terminal at its start. */
  size?: { columns: number; rows: number };
  signal?: AbortSignal;
}

export interface AttachOptions {
  stdin?: boolean;
  /** Begin with what was written before. */
  logs?: boolean;
  signal?: AbortSignal;
}

/** A process's three streams. Output that nobody reads holds the process back; nothing is buffered whole. */
export interface RuntimeSession {
  /** Ending it half-closes: the process reads end of file while its output goes on. */
  readonly stdin: Writable;
  /** Can be iterated once. */
  readonly output: AsyncIterable<OutputFrame>;
  /** Of a TTY; ignored for a process that has ended. */
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves once the process has ended and its output was read. Of an attach: the container's exit code. */
  exitCode(): Promise<number>;
  /** Drops the streams; an exec's process is not killed by it on every engine. */
  close(): void;
}

export interface ArchiveStat {
  name: string;
  kind: 'file' | 'directory' | 'link' | 'other';
  sizeBytes: number;
  /** Permission bits. */
  mode: number;
  modifiedAt: Date;
  linkTarget: string;
}

export interface Archive {
  stat: ArchiveStat;
  /** An uncompressed tar. */
  content: Readable;
}
