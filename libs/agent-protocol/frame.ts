import type { Readable, Writable } from 'node:stream';
import type { DomainError } from '#libs/domain/error.js';
import { StreamChannel, type StreamFrame, type StreamRequest } from './generated/pierhead/agent/v1/agent.js';

/** Frames stay far below a flow-control window's multiple, so that one stream never holds up the others. */
export const maxDataBytes = 64 * 1024;

export const frames = {
  open: (nodeId: string, request: StreamRequest, relayed: boolean): StreamFrame => ({
    frame: { $case: 'open', value: { nodeId, request, relayed } },
  }),
  attach: (streamId: string): StreamFrame => ({ frame: { $case: 'attach', value: streamId } }),
  opened: (): StreamFrame => ({ frame: { $case: 'opened', value: {} } }),
  data: (channel: StreamChannel, data: Buffer): StreamFrame => ({
    frame: { $case: 'data', value: { channel, data } },
  }),
  end: (channel: StreamChannel): StreamFrame => ({ frame: { $case: 'end', value: { channel } } }),
  resize: (columns: number, rows: number): StreamFrame => ({ frame: { $case: 'resize', value: { columns, rows } } }),
  exit: (code: number): StreamFrame => ({ frame: { $case: 'exit', value: { code } } }),
  error: (error: DomainError): StreamFrame => ({
    frame: { $case: 'error', value: { code: error.code, message: error.message } },
  }),
};

/** `data` in frames of at most maxDataBytes. */
export function* dataFrames(channel: StreamChannel, data: Buffer): Generator<StreamFrame> {
  for (let at = 0; at < data.length; at += maxDataBytes) {
    yield frames.data(channel, data.subarray(at, at + maxDataBytes));
  }
}

/** Resolves when `to` takes more; false when it never will. */
export function writable(to: Writable): Promise<boolean> {
  if (to.destroyed || to.writableEnded) return Promise.resolve(false);
  if (!to.writableNeedDrain) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (result: boolean) => {
      to.off('drain', onDrain).off('close', onClose).off('error', onClose);
      resolve(result);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    to.on('drain', onDrain).on('close', onClose).on('error', onClose);
  });
}

/**
 * Copies frames until `from` ends, then calls `onEnd`. Reads no further than `to` takes: the slowest of all sides
 * sets the pace. The caller ends the other side when one breaks.
 */
export function splice(from: Readable, to: Writable, onEnd: () => void): void {
  from.on('data', (frame: StreamFrame) => {
    if (to.destroyed || to.writableEnded || to.write(frame)) return;
    from.pause();
    void writable(to).then(() => from.resume());
  });
  from.once('end', onEnd);
}
