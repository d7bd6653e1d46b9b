import { Readable } from 'node:stream';
import type { NamedLog } from '#libs/core/container/container-streams.js';
import type { LogOptions, OutputChunk } from '#libs/core/stream/node-streams.port.js';

/** What was written until now, without the engine's times; `tail` is of each container. */
export const logOptions = (tail: number | null): LogOptions => ({
  tail,
  follow: false,
  since: null,
  stdout: true,
  stderr: true,
  timestamps: false,
});

/** One container's output after the other's, as fast as it is read. Leaving it early ends what is left. */
export function textOf(logs: NamedLog[]): Readable {
  return Readable.from(chunks(logs), { objectMode: false });
}

async function* chunks(logs: NamedLog[]): AsyncGenerator<Buffer> {
  try {
    for (const { output } of logs) {
      for await (const chunk of output as AsyncIterable<OutputChunk>) yield chunk.data;
    }
  } finally {
    for (const { output } of logs) output.destroy();
  }
}
