import { connect, type Socket } from 'node:net';

/** A TCP connection that sends what a well-behaved client never would, and keeps what comes back. */
export class RawConnection {
  private received = '';
  private failure: string | null = null;
  readonly closed: Promise<void>;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.failure = error.code ?? error.message));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const connection = new RawConnection(socket);
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(connection));
      socket.once('error', reject);
    });
  }

  send(data: string | Buffer): void {
    if (!this.socket.destroyed) this.socket.write(data);
  }

  /** What was answered until the server closed the connection; rejects when it does not within the time. */
  async untilClosed(timeoutMs: number): Promise<{ status: number; body: unknown; failure: string | null }> {
    let late: NodeJS.Timeout | undefined;
    await Promise.race([
      this.closed,
      new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error(`It is open after ${timeoutMs} ms: ${this.received}`)), timeoutMs);
      }),
    ]).finally(() => {
      clearTimeout(late);
      this.socket.destroy();
    });
    const [head = '', text = ''] = this.received.split('\r\n\r\n', 2);
    return {
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
      body: text === '' ? null : (JSON.parse(text) as unknown),
      failure: this.failure,
    };
  }
}
