import type { ClientDuplexStream } from '@grpc/grpc-js';
import { dataFrames, writable } from '#libs/agent-protocol/frame.js';
import type { StreamChannel, StreamFrame } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';

/** The other side is gone; there is nobody left to tell. */
export class StreamGone extends Error {}

/** The agent's end of one stream. Sending waits for the reader; its signal fires when the reader has left. */
export class StreamChannelCall {
  private readonly leaving = new AbortController();
  readonly signal = this.leaving.signal;

  constructor(private readonly call: ClientDuplexStream<StreamFrame, StreamFrame>) {
    call.on('error', () => this.leaving.abort());
    call.on('close', () => this.leaving.abort());
    // Paused until somebody reads: what is sent to a process waits in the network, not here.
    call.pause();
  }

  get incoming(): AsyncIterable<StreamFrame> {
    return this.call;
  }

  async send(frame: StreamFrame): Promise<void> {
    if (this.signal.aborted || this.call.writableEnded) throw new StreamGone();
    if (!this.call.write(frame) && !(await writable(this.call))) throw new StreamGone();
  }

  async sendData(channel: StreamChannel, data: Buffer): Promise<void> {
    for (const frame of dataFrames(channel, data)) await this.send(frame);
  }

  end(): void {
    if (this.call.writableEnded) return;
    this.call.end();
    // Nothing more is read from it, but the gateway's end must still be noticed.
    this.call.resume();
  }

  cancel(): void {
    this.call.cancel();
  }
}
