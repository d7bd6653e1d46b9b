import { mkdtempSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EngineHttp } from './engine-http.js';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

describe('HTTP to an engine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const socketPath = join(folder, 'engine.sock');
  const sockets = new Set<Socket>();
  let handle: Handler = () => undefined;
  let upgrade: (socket: Socket, body: string) => void = () => undefined;
  const server = http.createServer((request, response) => handle(request, response));
  const engine = new EngineHttp(socketPath, 2000);

  beforeAll(async () => {
    server.on('upgrade', (request, socket: Socket, head) => {
      const length = Number(request.headers['content-length'] ?? 0);
      if (head.length >= length) upgrade(socket, head.toString());
      else socket.once('data', (rest: Buffer) => upgrade(socket, head.toString() + rest.toString()));
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });
  afterAll(async () => {
    engine.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('sends and reads JSON, with the query, on one kept connection', async () => {
    handle = (request, response) => {
      void text(request).then((body) => response.end(JSON.stringify({ url: request.url, body })));
    };
    const query = { a: 'x y', b: true, c: undefined };
    const first = await engine.json('POST', '/p', { query, body: { n: 1 } });
    await engine.json('POST', '/p', { body: {} });
    expect(first.body).toEqual({ url: '/p?a=x%20y&b=true', body: '{"n":1}' });
    expect(sockets.size).toBe(1);
  });

  it('says what the engine refuses in the engine’s words', async () => {
    handle = (_request, response) => response.writeHead(409).end('{"message":"Taken."}');
    await expect(engine.json('GET', '/')).rejects.toMatchObject({ status: 409, message: 'Taken.' });
    handle = (_request, response) => response.writeHead(500).end();
    await expect(engine.json('GET', '/')).rejects.toMatchObject({ status: 500, message: 'The engine answered 500.' });
  });

  it('gives up in time, and when told', async () => {
    handle = () => undefined;
    await expect(engine.json('GET', '/', { timeoutMs: 50 })).rejects.toMatchObject({ reason: 'timeout' });
    const signal = AbortSignal.timeout(50);
    await expect(engine.json('GET', '/', { signal })).rejects.toMatchObject({ reason: 'aborted' });
  });

  it('says that nobody listens', async () => {
    const nobody = new EngineHttp(join(folder, 'absent.sock'));
    await expect(nobody.json('GET', '/')).rejects.toMatchObject({ reason: 'unreachable' });
  });

  it('tries again on a connection that was closed while it lay idle', async () => {
    let answered = 0;
    handle = (request, response) => {
      // The engine goes away under the second call, the way a restarted one does.
      if (answered++ === 1) request.socket.destroy();
      else response.end('{}');
    };
    await engine.json('GET', '/');
    await expect(engine.json('GET', '/')).resolves.toMatchObject({ status: 200 });
    expect(answered).toBe(3);
  });

  it('streams an answer and stops it by its signal', async () => {
    handle = (_request, response) => response.write('one');
    const over = new AbortController();
    const answer = await engine.stream('GET', '/', { signal: over.signal, timeoutMs: 500 });
    const chunks = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    expect(((await chunks.next()).value as Buffer).toString()).toBe('one');
    over.abort();
    await expect(chunks.next()).rejects.toMatchObject({ reason: 'aborted' });
  });

  it('uploads a stream and hears a refusal before its end', async () => {
    handle = (request, response) => {
      void text(request).then((body) => response.end(JSON.stringify(body.length)));
    };
    const content = Readable.from([Buffer.alloc(1_000_000), Buffer.alloc(1_000_000)]);
    expect((await engine.upload('PUT', '/', content)).body).toBe(2_000_000);
    handle = (_request, response) => response.writeHead(404).end('{"message":"No such place."}');
    await expect(engine.upload('PUT', '/', Readable.from([Buffer.from('x')]))).rejects.toMatchObject({ status: 404 });
  });

  it('takes a connection over, half-closes it and still reads', async () => {
    upgrade = (socket, body) => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly;');
      let input = '';
      socket.on('data', (chunk: Buffer) => (input += chunk.toString()));
      socket.on('end', () => socket.end(`${body};${input}`));
    };
    const socket = await engine.hijack('POST', '/exec/1/start', { body: { Tty: false } });
    socket.end('input');
    expect(await text(socket)).toBe('early;{"Tty":false};input');
  });

  it('says why a connection was not handed over', async () => {
    upgrade = (socket) => {
      const body = '{"message":"No such exec."}';
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    };
    const hijack = engine.hijack('POST', '/exec/1/start', { body: {} });
    await expect(hijack).rejects.toMatchObject({ status: 404, message: 'No such exec.' });
  });
});
