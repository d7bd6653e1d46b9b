import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import type { INestApplication } from '@nestjs/common';
import type { ApiConfig } from '#libs/platform/config.js';
import type { Log } from '#libs/platform/log.js';
import { AgentPackage, installationRoot } from './agent-package.js';
import { installScript } from './install-script.js';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string | number): Reply;
  send(body: unknown): unknown;
}

const machines: Partial<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const machine = (): string => (platform() === 'linux' ? `Linux ${machines[arch()] ?? arch()}` : platform());

type Place = Pick<ApiConfig, 'PIERHEAD_PUBLIC_URL' | 'PIERHEAD_JOIN_ADDRESS' | 'PIERHEAD_GATEWAYS'>;

/** Where hosts join and connect, when nobody said: where the API is, at the ports that a gateway has by itself. */
function placeOf(config: Place, apiUrl: string) {
  const { hostname } = new URL(apiUrl);
  return {
    joinAddress: config.PIERHEAD_JOIN_ADDRESS ?? `${hostname}:7444`,
    gateways: config.PIERHEAD_GATEWAYS.length > 0 ? config.PIERHEAD_GATEWAYS.join(',') : `${hostname}:7443`,
  };
}

/**
 * What a host is made a node with, by one command: `/agent/install.sh`, the agent, and a Node for hosts that have
 * none. Everybody may have these: what lets a host in is its join token.
 */
export function serveAgent(app: INestApplication, config: Place, log: Log): void {
  const agent = new AgentPackage(installationRoot(import.meta.dirname));
  const server = app.getHttpAdapter();
  server.get('/agent/install.sh', (_request: unknown, reply: Reply) => {
    const apiUrl = config.PIERHEAD_PUBLIC_URL;
    if (!apiUrl) return refuse(reply, 'PIERHEAD_PUBLIC_URL is not set, so a host cannot be told where this is.');
    const script = installScript({ apiUrl, machine: machine(), ...placeOf(config, apiUrl) });
    return reply.header('content-type', 'text/x-shellscript; charset=utf-8').send(script);
  });
  const files: [path: string, file: () => Promise<string>][] = [
    ['/agent/agent.tgz', () => agent.file()],
    ['/agent/node', () => Promise.resolve(process.execPath)],
  ];
  for (const [path, file] of files) {
    server.get(path, async (_request: unknown, reply: Reply) => {
      try {
        const name = await file();
        reply.header('content-type', 'application/octet-stream').header('content-length', (await stat(name)).size);
        return reply.send(createReadStream(name));
      } catch (error) {
        log.error({ err: error, path }, 'what a new node needs cannot be given');
        return refuse(reply, 'This cannot be given at the moment; the log says why.');
      }
    });
  }
  app.getHttpServer().once('close', () => void agent.close());
}

const refuse = (reply: Reply, sentence: string): unknown =>
  reply.status(503).header('content-type', 'text/plain; charset=utf-8').send(`${sentence}\n`);
