import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { connect, type Socket } from 'node:net';

export interface Answer {
  /** On a connection that was there before. */
  reused: boolean;
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Visit {
  port: number;
  host: string;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  /** PEM of the authority that signed the edge’s certificates; asks by HTTPS when given. */
  ca?: string;
  /** Keeps the connection for the next visit. */
  agent?: Agent | TlsAgent;
}

export const keptConnection = (ca?: string): Agent | TlsAgent =>
  ca ? new TlsAgent({ keepAlive: true, maxSockets: 1 }) : new Agent({ keepAlive: true, maxSockets: 1 });

export function visit({ port, host, path = '/', method = 'GET', headers = {}, ca, agent }: Visit): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ask = ca ? httpsRequest : httpRequest;
    const tls = ca ? { ca, servername: host } : {};
    const call = ask(
      { host: '127.0.0.1', port, path, method, agent: agent ?? false, headers: { host, ...headers }, ...tls },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            reused: call.reusedSocket,
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts).toString(),
          }),
        );
      },
    );
    call.once('error', reject).end();
  });
}

/** Over HTTP/2, as browsers do. */
export function visitHttp2({ port, host, path = '/', ca }: Visit): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://${host}:${port}`, {
      createConnection: () =>
        connectTls({ host: '127.0.0.1', port, servername: host, ALPNProtocols: ['h2'], ...(ca && { ca }) }),
    });
    session.once('error', reject);
    const stream = session.request({ [constants.HTTP2_HEADER_PATH]: path, [constants.HTTP2_HEADER_AUTHORITY]: host });
    let headers: IncomingHttpHeaders = {};
    let body = '';
    stream.setEncoding('utf8');
    stream.once('response', (given) => (headers = given as IncomingHttpHeaders));
    stream.on('data', (text: string) => (body += text));
    stream.once('error', reject);
    stream.once('end', () => {
      session.close();
      resolve({ reused: false, status: Number(headers[':status' as keyof IncomingHttpHeaders]), headers, body });
    });
    stream.end();
  });
}

/** A connection that was switched to the websocket protocol. */
export function upgrade({ port, host, path = '/ws' }: Visit): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers = {
      host,
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
    };
    const call = httpRequest({ host: '127.0.0.1', port, path, agent: false, headers });
    call.once('upgrade', (_response, socket: Socket) => resolve(socket));
    call.once('response', (response) => reject(new Error(`Answered with ${response.statusCode}.`)));
    call.once('error', reject).end();
  });
}

/** What comes back of `text`. */
export function echo(socket: Socket, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const take = (data: Buffer) => {
      received += data.toString();
      if (received.length < text.length) return;
      socket.off('data', take);
      resolve(received);
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The connection was closed.')));
    socket.write(text);
  });
}

export const tcp = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
