import { Readable } from 'node:stream';
import { DomainError } from '#libs/domain/error.js';

/**
 * The source with a limit to the time in which its next bytes have to come once they are asked for. A reader that is
 * slow itself is not counted against it.
 */
export const patient = (source: Readable, patienceMs: number): Readable =>
  Readable.from(waiting(source, patienceMs), { objectMode: false });

async function* waiting(source: Readable, patienceMs: number): AsyncGenerator<Buffer> {
  const chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(chunks.next(), patienceMs);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    source.destroy();
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DomainError('timeout', 'The archive did not arrive in time.')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
