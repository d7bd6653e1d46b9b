import { WebSocket, type RawData } from 'ws';
import type { PeerTimes } from '../docker-cloud.options.js';

export const defaultTimes: PeerTimes = { pingMs: 10_000, stallMs: 30_000, highWaterBytes: 256 * 1024 };

/** Thrown by `send` when there is nobody left to send to. */
export class PeerGone extends Error {}

/**
 * The client at the other end of a stream. Sending waits while more than the high-water mark is on its way, which
 * is what pauses the source; a client that takes nothing and answers no ping is cut off.
 */
export class Peer {
  private readonly gone = new AbortController();
  private readonly heartbeat: NodeJS.Timeout;
  private silentMs = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly times: PeerTimes,
  ) {
    this.heartbeat = setInterval(() => this.beat(), times.pingMs);
    socket.on('pong', () => (this.silentMs = 0));
    socket.on('message', () => (this.silentMs = 0));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => {
      clearInterval(this.heartbeat);
      this.gone.abort();
    });
  }

  /** Aborted when the connection has ended, whoever ended it. */
  get closed(): AbortSignal {
    return this.gone.signal;
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  async send(frame: object): Promise<void> {
    if (this.socket.readyState !== WebSocket.OPEN) throw new PeerGone();
    const text = JSON.stringify(frame);
    if (this.socket.bufferedAmount + text.length <= this.times.highWaterBytes) return void this.socket.send(text);
    await new Promise<void>((resolve, reject) => {
      const stalled = setTimeout(() => this.socket.terminate(), this.times.stallMs);
      // Called once this frame, and so everything before it, has left the process.
      this.socket.send(text, (error) => {
        clearTimeout(stalled);
        if (error) reject(new PeerGone());
        else resolve();
      });
    });
  }

  /** Hands over what the client sends; while the promise of one message is pending no further one is read. */
  onMessage(take: (data: Buffer, text: boolean) => Promise<void> | void): void {
    this.socket.on('message', (raw, binary) => {
      const pending = take(bytesOf(raw), !binary);
      if (!pending) return;
      this.socket.pause();
      const resume = () => {
        if (this.socket.readyState === WebSocket.OPEN) this.socket.resume();
      };
      pending.then(resume, resume);
    });
  }

  end(code: number, reason = ''): void {
    this.socket.close(code, reason);
  }

  private beat(): void {
    if (this.silentMs >= this.times.stallMs) return this.socket.terminate();
    this.silentMs += this.times.pingMs;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping();
  }
}

const bytesOf = (raw: RawData): Buffer =>
  Array.isArray(raw) ? Buffer.concat(raw) : Buffer.isBuffer(raw) ? raw : Buffer.from(raw);
