import { Readable } from 'node:stream';
import { frames } from '#libs/agent-protocol/frame.js';
import { StreamChannel, type ArchiveRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import { DomainError } from '#libs/domain/error.js';
import { pathInside, type OpenVolume, type VolumeArchives } from '../storage/volume.archives.js';
import { StreamGone, type StreamChannelCall } from './stream.call.js';

/** A volume's files out to the reader, or the reader's into the volume, as fast as the slower side goes. */
export async function carryArchive(
  call: StreamChannelCall,
  archives: VolumeArchives,
  request: ArchiveRequest,
): Promise<void> {
  const path = pathInside(request.path);
  await archives.use(request, (volume) =>
    request.write ? takeIn(call, volume, path, request) : giveOut(call, volume, path),
  );
  call.end();
}

async function giveOut(call: StreamChannelCall, volume: OpenVolume, path: string): Promise<void> {
  const content = await volume.read(path);
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

async function takeIn(
  call: StreamChannelCall,
  volume: OpenVolume,
  path: string,
  { mostBytes }: ArchiveRequest,
): Promise<void> {
  await volume.check(path);
  await call.send(frames.opened());
  let refused: unknown = null;
  const content = Readable.from(incoming(call, mostBytes ?? Infinity), { objectMode: false });
  content.on('error', (error) => (refused = error));
  try {
    await volume.write(path, content);
  } catch (error) {
    throw refused ?? error;
  } finally {
    content.destroy();
  }
  await call.send(frames.exit(0));
}

async function* incoming(call: StreamChannelCall, mostBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const { frame } of call.incoming) {
    if (frame?.$case === 'end') return;
    if (frame?.$case !== 'data') continue;
    const data = Buffer.from(frame.value.data);
    bytes += data.length;
    if (bytes > mostBytes) {
      throw new DomainError(
        'quota',
        `The volume has room for ${mostBytes} more bytes; the archive is longer. What was unpacked before stays.`,
      );
    }
    yield data;
  }
  // The reader left in the middle: what it sent is not whole.
  throw new StreamGone();
}
