import { Readable } from 'node:stream';
import { dataFrames, frames } from '#libs/agent-protocol/frame.js';
import { StreamChannel } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { DomainError } from '#libs/domain/error.js';
import type { GatewayStream } from './gateway.stream.js';

const broken = () => new DomainError('unavailable', 'The connection to the node broke off in the middle.');
const heldBytes = 256 * 1024;

/** The bytes of a volume's archive with its reader's pace. It ends only when the node said that this was all. */
export function readArchive(stream: GatewayStream): Readable {
  let whole = false;
  const result = new Readable({
    highWaterMark: heldBytes,
    read: () => stream.resume(),
    destroy: (error, done) => {
      stream.cancel();
      done(error);
    },
  });
  stream.read({
    frame: (frame) => {
      if (frame.$case === 'exit') whole = true;
      return frame.$case !== 'data' || result.push(Buffer.from(frame.value.data));
    },
    over: (error) => {
      if (error ?? !whole) result.destroy(error ?? broken());
      else result.push(null);
    },
  });
  return result;
}

/** Resolves when the node has unpacked all of the content; throws what it refused, or why the content broke off. */
export async function writeArchive(stream: GatewayStream, content: Readable): Promise<void> {
  let settled = false;
  const outcome = new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => {
      settled = true;
      end();
    };
    stream.read({
      frame: (frame) => {
        if (frame.$case === 'exit') settle(resolve);
        return true;
      },
      over: (error) => settle(() => reject(error ?? broken())),
    });
  });
  outcome.catch(() => undefined);
  stream.resume();
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      if (settled) break;
      // A node that has refused takes nothing more, and its stream does not say that it never will.
      for (const frame of dataFrames(StreamChannel.STDIN, chunk)) await Promise.race([stream.write(frame), outcome]);
    }
    await Promise.race([stream.write(frames.end(StreamChannel.STDIN)), outcome]);
  } catch (error) {
    stream.cancel();
    throw error;
  }
  await outcome;
}
