import { WebSocket } from 'ws';
import type { CloudClient } from './cloud-client.js';

export type SocketFrame = Record<string, unknown>;

/** A websocket of the platform's streams: keeps every frame and waits for those that a test wants. */
export class CloudSocket {
  readonly frames: SocketFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly lookers = new Set<() => void>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as SocketFrame);
      for (const look of this.lookers) look();
    });
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => undefined);
  }

  /** Rejects with the status, when the handshake is refused. */
  static open(client: CloudClient, path: string, protocols: string[] = []): Promise<CloudSocket> {
    const socket = new WebSocket(`${client.url.replace('http', 'ws')}${path}`, protocols, {
      headers: { authorization: client.authorization },
    });
    const stream = new CloudSocket(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(stream));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        reject(new Error(`The handshake was answered with ${response.statusCode}.`));
      });
    });
  }

  /** The status a handshake is refused with; throws when it is let in. */
  static async refusal(client: CloudClient, path: string): Promise<number> {
    try {
      (await CloudSocket.open(client, path)).close();
    } catch (error) {
      const status = /answered with (\d+)/.exec((error as Error).message)?.[1];
      if (status) return Number(status);
      throw error;
    }
    throw new Error(`${path} let the client in.`);
  }

  /** The first frame that fits, of those before and after the call. */
  until(fits: (frame: SocketFrame) => boolean, timeoutMs = 10_000): Promise<SocketFrame> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.lookers.delete(look);
        reject(new Error(`The frame never came; so far: ${JSON.stringify(this.frames).slice(0, 2_000)}`));
      }, timeoutMs);
      const look = () => {
        const found = this.frames.find(fits);
        if (!found) return;
        clearTimeout(late);
        this.lookers.delete(look);
        resolve(found);
      };
      this.lookers.add(look);
      look();
    });
  }

  /** What an exec or log stream has written so far. */
  output(): string {
    return this.frames.map((frame) => (frame['output'] ?? frame['log'] ?? '') as string).join('');
  }

  send(text: string): void {
    this.socket.send(text);
  }

  close(): void {
    this.socket.close();
  }
}
