import type { Readable, Writable } from 'node:stream';
import type { ShareSource } from '#libs/domain/file-share/mount.js';

export interface LogOptions {
  follow: boolean;
  /** Lines from the end; null for all. */
  tail: number | null;
  since: Date | null;
  stdout: boolean;
  stderr: boolean;
  timestamps: boolean;
}

export interface ExecOptions {
  command: string[];
  tty: boolean;
  stdin: boolean;
  environment: { name: string; value: string }[];
  user: string | null;
  workingDir: string | null;
}

export interface OutputChunk {
  channel: 'stdout' | 'stderr';
  data: Buffer;
}

/** A process running in a container. Ending `stdin` half-closes it; `output` goes on. */
export interface ExecStream {
  stdin: Writable;
  /** Object-mode stream of OutputChunk, with back-pressure down to the engine. */
  output: Readable;
  resize(columns: number, rows: number): void;
  /** Resolves when the process ended. */
  exitCode: Promise<number>;
  close(): void;
}

export interface StatsSample {
  at: Date;
  cpuTotalNs: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  networkRxBytes: number;
  networkTxBytes: number;
  blockReadBytes: number;
  blockWriteBytes: number;
  pids: number;
}

/** A volume as its node knows it. */
export interface VolumeOnNode {
  volumeId: string;
  projectId: string;
  organizationId: string;
  /** On the engine. */
  name: string;
  /** Of the engine’s `local` driver. */
  options: Record<string, string>;
  /** Of a volume on a file share; null of a local one. */
  share: ShareSource | null;
}

/** Interactive bytes of containers, wherever their node is. Errors: `unavailable`, `not-found`, `state`. */
export abstract class NodeStreams {
  /** Object-mode stream of OutputChunk; destroy it to stop. */
  abstract logs(nodeId: string, containerId: string, options: LogOptions): Promise<Readable>;
  abstract exec(nodeId: string, containerId: string, options: ExecOptions): Promise<ExecStream>;
  abstract attach(nodeId: string, containerId: string, options: { stdin: boolean }): Promise<ExecStream>;
  /** Object-mode stream of StatsSample every `intervalMs`; one sample and the end for 0. */
  abstract stats(nodeId: string, containerId: string, intervalMs: number): Promise<Readable>;
  /** A tar of what is in a directory of the volume, or of one file; destroy it to stop. Also `invalid` (path). */
  abstract readVolume(nodeId: string, volume: VolumeOnNode, path: string): Promise<Readable>;
  /**
   * Unpacks a tar in a directory of the volume; resolves when all of it is there. Also `invalid`, and `quota` when
   * there are more than `mostBytes` of it.
   */
  abstract writeVolume(
    nodeId: string,
    volume: VolumeOnNode,
    path: string,
    content: Readable,
    mostBytes: number | null,
  ): Promise<void>;
}
