/**
 * The multiplexed stream of attach, exec and logs without a TTY: every frame is an 8-byte header
 * (stream number, three zeroes, payload length as 32-bit big endian) and its payload.
 */
export const streamNumbers = { stdin: 0, stdout: 1, stderr: 2, system: 3 } as const;
export type StreamName = keyof typeof streamNumbers;

const names = ['stdin', 'stdout', 'stderr', 'system'] as const;
const headerBytes = 8;

export interface StreamFrame {
  /** `system` carries the engine's own sentence on why the stream broke. */
  stream: StreamName;
  data: Buffer;
}

export class StreamFrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StreamFrameError';
  }
}

export const encodeFrame = (stream: StreamName, data: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(headerBytes + data.byteLength);
  frame.writeUInt32BE(streamNumbers[stream] * 0x1000000, 0);
  frame.writeUInt32BE(data.byteLength, 4);
  frame.set(data, headerBytes);
  return frame;
};

/**
 * Takes a stream apart however it was cut. A payload is handed on as it comes in, so one frame may come out in
 * several pieces and its length, which a peer chooses, is never allocated.
 */
export class StreamFrameDecoder {
  private readonly header = Buffer.alloc(headerBytes);
  private headerFilled = 0;
  private remaining = 0;
  private stream: StreamName = 'stdout';

  /** @throws StreamFrameError when the bytes are not a multiplexed stream */
  push(chunk: Buffer): StreamFrame[] {
    const frames: StreamFrame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.remaining > 0) {
        const data = chunk.subarray(at, at + this.remaining);
        frames.push({ stream: this.stream, data });
        this.remaining -= data.length;
        at += data.length;
      } else {
        const taken = chunk.copy(this.header, this.headerFilled, at, at + headerBytes - this.headerFilled);
        this.headerFilled += taken;
        at += taken;
        if (this.headerFilled === headerBytes) this.readHeader();
      }
    }
    return frames;
  }

  /** True between two frames: where a stream may rightly end. */
  get atBoundary(): boolean {
    return this.remaining === 0 && this.headerFilled === 0;
  }

  private readHeader(): void {
    const stream = names[this.header[0] ?? names.length];
    if (!stream || this.header[1] !== 0 || this.header[2] !== 0 || this.header[3] !== 0) {
      throw new StreamFrameError('The stream is not multiplexed, or it was cut inside a frame.');
    }
    this.stream = stream;
    this.remaining = this.header.readUInt32BE(4);
    this.headerFilled = 0;
  }
}

/** Frames of a byte stream. Pulls one chunk at a time, so a slow reader holds the source back. */
export async function* decodeFrames(source: AsyncIterable<Buffer>): AsyncGenerator<StreamFrame> {
  const decoder = new StreamFrameDecoder();
  for await (const chunk of source) yield* decoder.push(chunk);
}
