import { open, stat } from 'node:fs/promises';

const refusal = /Could not create export for \(\/([^)]+)\)/g;
const settled = /Reread exports complete|NFS SERVER INITIALIZED/;
/** One look reads no more; the next one goes on from there. */
const lookBytes = 1024 * 1024;

/**
 * What the NFS server says of its exports. It has no other answer to give: with a bus of its own it could be asked, but a
 * share that it does not export is as silent as one that it does.
 */
export class GaneshaLog {
  private at = 0;
  private rest = '';
  private said = new Set<string>();
  private refused: ReadonlySet<string> = new Set();

  constructor(private readonly file: string) {}

  /** It is told its exports now: what it says from here on is about these. */
  async begin(): Promise<void> {
    this.at = await this.size();
    this.rest = '';
    this.said = new Set();
  }

  /** Shares that it would not export when it was told them last; as before until it has gone through them. */
  async refusedShares(): Promise<ReadonlySet<string>> {
    const size = await this.size();
    // It was shortened.
    if (size < this.at) this.at = 0;
    const text = this.rest + (await this.read(Math.min(size - this.at, lookBytes)));
    const end = text.lastIndexOf('\n') + 1;
    this.rest = text.slice(end);
    const lines = text.slice(0, end);
    for (const [, share] of lines.matchAll(refusal)) if (share) this.said.add(share);
    if (settled.test(lines)) this.refused = new Set(this.said);
    return this.refused;
  }

  private async read(length: number): Promise<string> {
    if (length <= 0) return '';
    const handle = await open(this.file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, this.at);
      this.at += bytesRead;
      return buffer.subarray(0, bytesRead).toString('latin1');
    } finally {
      await handle.close();
    }
  }

  private async size(): Promise<number> {
    return stat(this.file).then(
      ({ size }) => size,
      () => 0,
    );
  }
}
