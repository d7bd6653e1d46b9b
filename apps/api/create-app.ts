import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { allowEmptyBodies } from '#libs/dialects/docker-cloud/http/empty-body.js';
import { rewriteDockerCloudUrl } from '#libs/dialects/docker-cloud/http/docker-cloud.url.js';
import { takeTriggerBodies } from '#libs/dialects/docker-cloud/http/trigger-body.js';
import { DockerCloudStreams } from '#libs/dialects/docker-cloud/stream/docker-cloud.streams.js';
import { serveDocs } from '#libs/dialects/native/docs/serve-docs.js';
import type { ApiConfig } from '#libs/platform/config.js';
import { newId } from '#libs/platform/id.js';
import type { Log } from '#libs/platform/log.js';
import { NestLog } from '#libs/platform/nest-log.js';
import { serveAgent } from './agent-download/serve-agent.js';
import { ApiModule } from './api.module.js';
import { refuseConnection } from './client-error.js';
import { limitBodies } from './request-deadline.js';
import { explainTooLarge } from './too-large.js';

/** How often the server looks for clients that take too long. */
const stallCheckMs = 1_000;

/** The whole api, ready to listen; the tests build it the same way. */
export async function createApp(config: ApiConfig, log: Log): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: config.PIERHEAD_BODY_LIMIT_BYTES,
    // Bodies have a deadline of their own, see limitBodies.
    requestTimeout: 0,
    http: {
      headersTimeout: config.PIERHEAD_REQUEST_TIMEOUT_MS,
      requestTimeout: 0,
      connectionsCheckingInterval: stallCheckMs,
    },
    clientErrorHandler: refuseConnection,
    ...(config.PIERHEAD_TRUSTED_PROXIES ? { trustProxy: config.PIERHEAD_TRUSTED_PROXIES } : {}),
    genReqId: () => newId(),
    rewriteUrl: (request: IncomingMessage) => rewriteDockerCloudUrl(request.url ?? '/'),
    routerOptions: { ignoreTrailingSlash: true },
  });
  allowEmptyBodies(adapter.getInstance());
  explainTooLarge(adapter.getInstance());
  takeTriggerBodies(adapter.getInstance());
  limitBodies(adapter.getInstance(), config.PIERHEAD_REQUEST_TIMEOUT_MS);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.forRoot(config, log), adapter, {
    logger: new NestLog(log),
    abortOnError: false,
  });
  serveDocs(app);
  serveAgent(app, config, log);
  attachStreams(app, log);
  return app;
}

/** Upgrades never reach the router: each dialect's streams take their own, anything else is closed. */
function attachStreams(app: NestFastifyApplication, log: Log): void {
  const streams = app.get(DockerCloudStreams);
  app.getHttpServer().on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (error) => log.debug({ err: error }, 'a stream’s connection failed'));
    if (streams.handle(request, socket, head)) return;
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
}
