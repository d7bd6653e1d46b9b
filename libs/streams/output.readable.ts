import { Readable } from 'node:stream';
import { StreamChannel } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { OutputChunk, StatsSample } from '#libs/core/stream/node-streams.port.js';
import type { GatewayStream, StreamReader } from './gateway.stream.js';

type Frame = Parameters<StreamReader['frame']>[0];

/** A few frames of at most 64 KiB each are all that is held here. */
const heldFrames = 4;

/** The stream's frames as objects, with its pace; destroying it ends the stream on the node. */
function readable(stream: GatewayStream, toObject: (frame: Frame) => OutputChunk | StatsSample | null): Readable {
  const result = new Readable({
    objectMode: true,
    highWaterMark: heldFrames,
    read: () => stream.resume(),
    destroy: (error, done) => {
      stream.cancel();
      done(error);
    },
  });
  stream.read({
    frame: (frame) => {
      const object = toObject(frame);
      return object === null || result.push(object);
    },
    over: (error) => {
      if (error) result.destroy(error);
      else result.push(null);
    },
  });
  return result;
}

export function outputChunk(frame: Frame): OutputChunk | null {
  if (frame.$case !== 'data') return null;
  const { channel, data } = frame.value;
  return { channel: channel === StreamChannel.STDERR ? 'stderr' : 'stdout', data: Buffer.from(data) };
}

/** Object-mode stream of OutputChunk. `onFrame` sees the frames that are not output. */
export const readOutput = (stream: GatewayStream, onFrame: (frame: Frame) => void = () => undefined): Readable =>
  readable(stream, (frame) => {
    if (frame.$case !== 'data') onFrame(frame);
    return outputChunk(frame);
  });

/** Object-mode stream of StatsSample. */
export const readStats = (stream: GatewayStream): Readable =>
  readable(stream, (frame) => (frame.$case === 'stats' ? { ...frame.value, at: new Date(frame.value.at) } : null));
