import * as http from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readJson, refuseErrors } from './engine-answer.js';
import { EngineDeadline } from './engine-deadline.js';
import { EngineConnectionError, EngineStatusError } from './engine-error.js';

export type EngineQuery = Record<string, string | number | boolean | undefined>;

export interface EngineRequest {
  query?: EngineQuery;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
  /** Until the answer's headers (`stream`, `hijack`) or its end (`json`); the client's default when absent. */
  timeoutMs?: number;
}

export interface EngineAnswer<T> {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: T;
}

/**
 * HTTP to an engine on its unix socket: JSON calls, streamed answers, uploads and hijacked connections.
 * Throws `EngineStatusError` for what the engine refuses and `EngineConnectionError` where it does not answer.
 */
export class EngineHttp {
  private readonly agent = new http.Agent({ keepAlive: true, maxFreeSockets: 16 });
  private readonly calls = new Set<http.ClientRequest>();
  private readonly sockets = new Set<Socket>();

  constructor(
    private readonly socketPath: string,
    private readonly defaultTimeoutMs = 60_000,
  ) {}

  /** @returns null as the body where the answer has none */
  json<T>(method: string, path: string, request: EngineRequest = {}): Promise<EngineAnswer<T>> {
    return this.within(request, async (signal) => {
      const answer = await this.retryStale(() => this.send(method, path, request, signal));
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: (await readJson(answer)) as T };
    });
  }

  /** The answer with its body as it comes; destroying it drops the connection. */
  stream(method: string, path: string, request: EngineRequest = {}): Promise<http.IncomingMessage> {
    return this.within(request, async (signal) => {
      const answer = await this.retryStale(() => this.send(method, path, request, signal));
      const abort = () => answer.destroy(new EngineConnectionError('aborted', 'The call was given up.'));
      request.signal?.addEventListener('abort', abort, { once: true });
      answer.once('close', () => request.signal?.removeEventListener('abort', abort));
      return answer;
    });
  }

  /** Sends a tar as fast as it is taken; the answer is JSON. Without a limit in time unless one is given. */
  upload(method: string, path: string, content: Readable, request: EngineRequest = {}): Promise<EngineAnswer<unknown>> {
    return this.within({ ...request, timeoutMs: request.timeoutMs ?? Infinity }, async (signal) => {
      const answer = await this.send(method, path, request, signal, content);
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readJson(answer) };
    });
  }

  /**
   * Takes the connection over after the engine's 101. Ending the socket half-closes it: it stays readable. The
   * caller owns it and has to destroy it; a reset by the engine reads as its end.
   */
  hijack(method: string, path: string, request: EngineRequest = {}): Promise<Socket> {
    return this.within(request, async (signal) => {
      const socket = await this.upgrade(method, path, request, signal);
      this.sockets.add(socket);
      const abort = () => socket.destroy();
      request.signal?.addEventListener('abort', abort, { once: true });
      socket.once('close', () => {
        this.sockets.delete(socket);
        request.signal?.removeEventListener('abort', abort);
      });
      return socket;
    });
  }

  /** Ends everything that is open. */
  close(): void {
    for (const call of this.calls) call.destroy();
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
  }

  private async within<T>(request: EngineRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new EngineDeadline(request.timeoutMs ?? this.defaultTimeoutMs, request.signal);
    try {
      return await work(deadline.signal);
    } catch (error) {
      if (error instanceof EngineStatusError || error instanceof EngineConnectionError) throw error;
      if (request.signal?.aborted) throw new EngineConnectionError('aborted', 'The call was given up.');
      if (deadline.passed) throw new EngineConnectionError('timeout', 'The engine did not answer in time.');
      const code = (error as NodeJS.ErrnoException).code ?? 'no answer';
      const message = `The engine cannot be reached on its socket (${code}).`;
      throw new EngineConnectionError('unreachable', message, { cause: error });
    } finally {
      deadline.clear();
    }
  }

  private send(
    method: string,
    path: string,
    request: EngineRequest,
    signal: AbortSignal,
    content?: Readable,
  ): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const call = this.open(method, path, request, signal, content ? false : this.agent);
      let answered = false;
      call.once('error', (error) => reject(call.reusedSocket ? new StaleSocketError(error) : error));
      call.once('response', (answer) => {
        answered = true;
        refuseErrors(answer).then(() => resolve(answer), reject);
      });
      if (content) {
        call.setHeader('content-type', 'application/x-tar');
        // An engine that refuses may answer and close before it has read everything: its answer counts then.
        pipeline(content, call).catch((error: unknown) => (answered ? undefined : reject(error)));
      } else {
        sendBody(call, request.body);
      }
    });
  }

  private upgrade(method: string, path: string, request: EngineRequest, signal: AbortSignal): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const call = this.open(method, path, request, signal, false);
      call.once('error', reject);
      call.once('upgrade', (_answer, socket: Socket, head: Buffer) => {
        // The other side may reset the connection when its process is gone: the reader sees the end, nobody throws.
        socket.on('error', () => undefined);
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      call.once('response', (answer) => {
        refuseErrors(answer).then(() => {
          answer.destroy();
          reject(new EngineStatusError(502, 'The engine did not hand the connection over.'));
        }, reject);
      });
      call.setHeader('connection', 'Upgrade');
      call.setHeader('upgrade', 'tcp');
      sendBody(call, request.body);
    });
  }

  private open(
    method: string,
    path: string,
    request: EngineRequest,
    signal: AbortSignal,
    agent: http.Agent | false,
  ): http.ClientRequest {
    const call = http.request({
      socketPath: this.socketPath,
      method,
      path: path + queryString(request.query),
      agent,
      headers: { host: 'engine', ...request.headers },
    });
    this.calls.add(call);
    const abort = () => call.destroy(new Error('aborted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    call.once('close', () => {
      this.calls.delete(call);
      signal.removeEventListener('abort', abort);
    });
    return call;
  }

  /** The engine may close an idle connection just as it is used again; such a call never reached it. */
  private async retryStale(send: () => Promise<http.IncomingMessage>): Promise<http.IncomingMessage> {
    for (;;) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof StaleSocketError)) throw error;
        if (!error.isReset) throw error.cause;
      }
    }
  }
}

/** On a connection that was used before. Every one is used up by its failure, so trying again comes to an end. */
class StaleSocketError extends Error {
  constructor(override readonly cause: NodeJS.ErrnoException) {
    super(cause.message);
  }

  get isReset(): boolean {
    return this.cause.code === 'ECONNRESET' || this.cause.code === 'EPIPE';
  }
}

/** The length is always sent: an engine that waits for the end of a chunked body would not answer. */
const sendBody = (call: http.ClientRequest, body: unknown): void => {
  const payload = Buffer.from(body === undefined ? '' : JSON.stringify(body));
  if (body !== undefined) call.setHeader('content-type', 'application/json');
  if (body !== undefined || call.method !== 'GET') call.setHeader('content-length', payload.length);
  call.end(payload);
};

const queryString = (query: EngineQuery = {}): string => {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`],
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};
