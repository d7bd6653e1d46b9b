import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';

/** A container’s stand-in: a small HTTP server that says who it is and what it was asked. */
export class HttpBackend {
  readonly seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
  /** Milliseconds before each answer. */
  delayMs = 0;
  status = 200;
  /** Closes connections instead of answering. */
  breakOff = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly name: string,
    private readonly server: Server,
    readonly port: number,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request: IncomingMessage, response) => {
      this.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
      const answer = () => {
        response.writeHead(this.status, { 'content-type': 'text/plain' }).end(this.name);
      };
      request.resume();
      if (this.breakOff) return void request.socket.destroy();
      if (this.delayMs > 0) setTimeout(answer, this.delayMs);
      else answer();
    });
    // A websocket, as far as a load balancer can tell: what comes after the handshake is sent back.
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      this.seen.push({ method: 'UPGRADE', url: request.url ?? '', headers: request.headers });
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.on('data', (data) => socket.write(data));
      socket.on('error', () => socket.destroy());
      socket.on('end', () => socket.end());
    });
  }

  static async start(name: string, port = 0): Promise<HttpBackend> {
    // Idle connections stay as long as the load balancer wants to keep them.
    const server = createHttpServer({ keepAliveTimeout: 120_000 }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new HttpBackend(name, server, (server.address() as AddressInfo).port);
  }

  get requests(): number {
    return this.seen.length;
  }

  /** As a crash: nobody listens any more, and every connection is reset. */
  async kill(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }
}

/** Writes back what it gets, after the first line that it got, which is the PROXY protocol’s when it comes that way. */
export class TcpBackend {
  readonly first: Buffer[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: TcpServer,
    readonly port: number,
  ) {
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      socket.once('data', (data) => this.first.push(data));
      socket.on('data', (data) => socket.write(data));
      socket.on('error', () => socket.destroy());
    });
  }

  static async start(): Promise<TcpBackend> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpBackend(server, (server.address() as AddressInfo).port);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
