import { Transform, type TransformCallback } from 'node:stream';

const blockBytes = 512;
/** Headers that describe the next one, of the pax and the GNU format. */
const auxiliary = new Set(['x', 'g', 'L', 'K']);

/** Passes a tar on as it is, and counts its bytes and what is in it. */
export class TarMeter extends Transform {
  bytes = 0;
  entries = 0;
  private readonly header = Buffer.alloc(blockBytes);
  private filled = 0;
  private skip = 0;

  constructor(private readonly moved: (bytes: number) => void) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    this.count(chunk);
    this.moved(this.bytes);
    done(null, chunk);
  }

  private count(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.skip > 0) {
        const step = Math.min(this.skip, chunk.length - at);
        this.skip -= step;
        at += step;
        continue;
      }
      const copied = chunk.copy(this.header, this.filled, at);
      this.filled += copied;
      at += copied;
      if (this.filled < blockBytes) return;
      this.filled = 0;
      this.entry();
    }
  }

  private entry(): void {
    // Blocks of zeros end a tar.
    if (this.header.every((byte) => byte === 0)) return;
    if (!auxiliary.has(String.fromCharCode(this.header[156] ?? 0))) this.entries += 1;
    this.skip = Math.ceil(sizeOf(this.header.subarray(124, 136)) / blockBytes) * blockBytes;
  }
}

/** Octal text, or a number with the highest bit set when it does not fit. */
function sizeOf(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) === 0)
    return parseInt(field.toString('latin1').replace(/\0.*$/, '').trim() || '0', 8) || 0;
  return field.subarray(4).reduce((value, byte) => value * 256 + byte, 0);
}
