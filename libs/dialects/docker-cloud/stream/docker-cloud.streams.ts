import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { WebSocketServer, type WebSocket } from 'ws';
import { ActionProgress } from '#libs/core/action/action-progress.js';
import { ContainerStreams } from '#libs/core/container/container-streams.js';
import { ServiceLogs } from '#libs/core/container/service-logs.js';
import { EventFeed } from '#libs/core/event/event-feed.js';
import { NodeService } from '#libs/core/node/node.service.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { invalid, notFound } from '#libs/domain/error.js';
import { Admission } from '../../kit/access/admission.js';
import type { Allowed } from '../../kit/access/allow.decorator.js';
import type { HttpRequest } from '../../kit/access/http-request.js';
import { refusalHeaders } from '../../kit/refusal/dialect-errors.js';
import { refusalFrom } from '../../kit/refusal/refusal.js';
import { DockerCloudOptions } from '../docker-cloud.options.js';
import { DockerCloudErrors } from '../refusal/docker-cloud.errors.js';
import { toEvent } from './event.translate.js';
import { execProtocol, streamExec } from './exec.stream.js';
import { logOptions, streamLog, streamServiceLogs } from './log.stream.js';
import { NodeClusters } from './node-clusters.js';
import { defaultTimes, Peer, PeerGone } from './peer.js';
import { readEventQuery, readExecQuery, readLogQuery } from './stream-query.translate.js';
import { readStreamRoute, type StreamKind, type StreamRoute } from './stream-route.js';

const needs: Record<StreamKind, Allowed> = {
  events: { resource: 'event', verb: 'read' },
  'container-logs': { resource: 'logs', verb: 'read' },
  'service-logs': { resource: 'logs', verb: 'read' },
  'action-logs': { resource: 'audit', verb: 'read' },
  exec: { resource: 'exec', verb: 'create' },
};

/** What is ready to be streamed once the handshake is done. It ends when its source does or the peer leaves. */
type Session = (peer: Peer) => Promise<void>;

const longestMessage = 1024 * 1024;

/** The streams of the API. Refusals are answered over HTTP, before the handshake, with the status of the API. */
@Injectable()
export class DockerCloudStreams implements OnModuleDestroy {
  private readonly errors = new DockerCloudErrors();
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: longestMessage,
    handleProtocols: (offered) => (offered.has(execProtocol) ? execProtocol : false),
  });

  constructor(
    @Inject(Admission) private readonly admission: Admission,
    @Inject(ContainerStreams) private readonly containers: ContainerStreams,
    @Inject(ServiceLogs) private readonly serviceLogs: ServiceLogs,
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(ActionProgress) private readonly progress: ActionProgress,
    @Inject(NodeService) private readonly nodes: NodeService,
    @Inject(DockerCloudOptions) private readonly options: DockerCloudOptions,
  ) {}

  /** For the HTTP server's `upgrade` event: true when the address is this API's and the socket has been taken. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const route = readStreamRoute(request.url ?? '/');
    if (!route) return false;
    // A secret that came in the address goes no further than the route.
    if (route.credential) request.url = (request.url ?? '/').split('?', 1)[0];
    void this.serve(request, socket, head, route);
    return true;
  }

  onModuleDestroy(): void {
    for (const client of this.server.clients) client.close(1001, 'The platform is going down.');
    this.server.close();
  }

  private async serve(request: IncomingMessage, socket: Duplex, head: Buffer, route: StreamRoute): Promise<void> {
    const left = new AbortController();
    socket.on('error', () => socket.destroy());
    socket.once('close', () => left.abort());
    try {
      const session = await this.open(request, route, left.signal);
      if (socket.destroyed) return;
      this.server.handleUpgrade(request, socket, head, (websocket) => void this.run(websocket, session));
    } catch (error) {
      this.refuse(socket, error, request);
    }
  }

  private async open(request: IncomingMessage, route: StreamRoute, left: AbortSignal): Promise<Session> {
    if (!route.kind) throw notFound('stream');
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw invalid('upgrade', 'Streams are websockets.');
    const tenant = route.namespace ? ({ kind: 'project', idOrNamespace: route.namespace } as const) : null;
    const context = await this.admission.admit(httpRequest(request, route), tenant, needs[route.kind]);
    return this.sessions[route.kind](context, route, left);
  }

  private readonly sessions: Record<
    StreamKind,
    (context: RequestContext, route: StreamRoute, left: AbortSignal) => Promise<Session>
  > = {
    'container-logs': async (context, { id, query }, left) => {
      const log = await this.containers.logs(context, id, logOptions(readLogQuery(query)));
      left.addEventListener('abort', () => log.output.destroy(), { once: true });
      return async (peer) => {
        await streamLog(peer, log);
        peer.end(1000);
      };
    },
    'service-logs': async (context, { id, query }, left) => {
      const options = logOptions(readLogQuery(query));
      const logs = await this.serviceLogs.open(context, { serviceId: id, options, signal: left });
      return async (peer) => {
        await streamServiceLogs(peer, logs, options.follow);
        peer.end(1000);
      };
    },
    exec: async (context, { id, query, bare }, left) => {
      const { command, tty, size } = readExecQuery(query);
      const process = await this.containers.exec(context, id, {
        command,
        tty,
        stdin: true,
        environment: [],
        user: null,
        workingDir: null,
      });
      left.addEventListener('abort', () => process.close(), { once: true });
      if (size && tty) process.resize(size.columns, size.rows);
      return (peer) => streamExec(peer, process, bare ? 'EOF' : '');
    },
    'action-logs': async (context, { id, query }, left) => {
      const { tail, follow } = readLogQuery(query);
      // Before the handshake, so that an unknown action is refused with a status.
      await this.progress.mustExist(context, id);
      return async (peer) => {
        for await (const { text, at } of this.progress.lines(context, id, { tail, follow, signal: left })) {
          const timestamp = Math.floor(at.getTime() / 1000);
          await peer.send({ type: 'log', log: text, streamType: 'stdout', timestamp });
        }
        peer.end(1000);
      };
    },
    events: async (context, { query }) => {
      const wanted = readEventQuery(query);
      const clusters = new NodeClusters(this.nodes, context);
      return async (peer) => {
        // The first frame says that nothing is missed from here on.
        let ready: Promise<void> = Promise.resolve();
        const started = () => {
          ready = peer.send({ type: 'auth' });
          ready.catch(() => undefined);
        };
        for await (const event of this.feed.follow(context, peer.closed, started)) {
          await ready;
          const frame = toEvent(await clusters.complete(event), context.namespace, wanted);
          if (frame) await peer.send(frame);
        }
      };
    },
  };

  private async run(websocket: WebSocket, session: Session): Promise<void> {
    const peer = new Peer(websocket, { ...defaultTimes, ...this.options.streams });
    try {
      await session(peer);
    } catch (error) {
      if (error instanceof PeerGone || peer.closed.aborted) return;
      const { message } = refusalFrom(error, this.options.log);
      const frame = { type: 'error', output: message, streamType: 'stderr', data: { errorMessage: message } };
      await peer.send(frame).catch(() => undefined);
      peer.end(1011);
    }
  }

  private refuse(socket: Duplex, error: unknown, request: IncomingMessage): void {
    const refusal = refusalFrom(error, this.options.log, { id: request.headers['x-request-id'] });
    const { status, body } = this.errors.answer(refusal);
    const text = JSON.stringify(body);
    const headers = {
      ...refusalHeaders(refusal),
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(text)),
      connection: 'close',
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`);
  }
}

const httpRequest = (request: IncomingMessage, { credential }: StreamRoute): HttpRequest => ({
  id: randomUUID(),
  method: request.method ?? 'GET',
  url: request.url ?? '/',
  ip: request.socket.remoteAddress ?? '',
  headers: credential ? { authorization: credential, ...request.headers } : request.headers,
});
