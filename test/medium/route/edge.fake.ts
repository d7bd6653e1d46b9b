import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EdgeDirectory } from '#libs/core/edge/edge-directory.port.js';

/** An edge that answers issuers: it reads its projects again and again, and says what it has in force. */
export class FakeEdge {
  private readonly answers = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;
  private working: Promise<void> = Promise.resolve();
  /** False: it serves, and does not say so. */
  confirms = true;
  /** Paths that were asked for. */
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly directory: EdgeDirectory,
    private readonly nodeId: string,
  ) {
    this.timer = setInterval(() => {
      this.working = this.working.then(() => this.follow()).catch(() => undefined);
    }, 20);
    server.on('request', (request, response) => {
      this.asked.push(request.url ?? '');
      const answer = this.answers.get(`${String(request.headers.host)}${request.url}`);
      response.writeHead(answer ? 200 : 404).end(answer ?? 'nothing');
    });
  }

  static async start(directory: EdgeDirectory, nodeId: string): Promise<FakeEdge> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeEdge(server, directory, nodeId);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.working;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async follow(): Promise<void> {
    const ids = await this.directory.served();
    const { version, projects } = await this.directory.snapshot(ids);
    this.answers.clear();
    for (const { host, token, response } of projects.flatMap(({ challenges }) => challenges)) {
      this.answers.set(`${host}/.well-known/acme-challenge/${token}`, response);
    }
    if (!this.confirms) return;
    const all = projects.map(({ projectId }) => ({ projectId, version, problems: null }));
    await this.directory.acknowledge(this.nodeId, 0, all);
  }
}
