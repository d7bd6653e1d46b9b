import { Readable } from 'node:stream';
import { frames } from '#libs/agent-protocol/frame.js';
import { StreamChannel } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { DomainError } from '#libs/domain/error.js';
import { StreamGone, type StreamChannelCall } from './stream.call.js';

/** All of it to the reader, at the reader's pace, and that this was all. */
export async function sendContent(call: StreamChannelCall, content: Readable): Promise<void> {
  const drop = () => content.destroy();
  call.signal.addEventListener('abort', drop, { once: true });
  try {
    await call.send(frames.opened());
    for await (const chunk of content as AsyncIterable<Buffer>) await call.sendData(StreamChannel.STDOUT, chunk);
    // Without it a reader could take what it got before the connection broke for all there is.
    await call.send(frames.exit(0));
  } finally {
    call.signal.removeEventListener('abort', drop);
    content.destroy();
  }
}

export interface Limit {
  mostBytes: number;
  refusal: () => DomainError;
}

/** What the reader sends, whole, to whoever takes it, at the taker's pace. */
export async function takeContent(
  call: StreamChannelCall,
  take: (content: Readable) => Promise<void>,
  limit: Limit | null = null,
): Promise<void> {
  await call.send(frames.opened());
  let refused: unknown = null;
  const content = Readable.from(incoming(call, limit), { objectMode: false });
  content.on('error', (error) => (refused = error));
  try {
    await take(content);
  } catch (error) {
    throw refused ?? error;
  } finally {
    content.destroy();
  }
  await call.send(frames.exit(0));
}

async function* incoming(call: StreamChannelCall, limit: Limit | null): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const { frame } of call.incoming) {
    if (frame?.$case === 'end') return;
    if (frame?.$case !== 'data') continue;
    const data = Buffer.from(frame.value.data);
    bytes += data.length;
    if (limit && bytes > limit.mostBytes) throw limit.refusal();
    yield data;
  }
  // The reader left in the middle: what it sent is not whole.
  throw new StreamGone();
}
