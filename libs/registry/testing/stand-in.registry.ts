import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

export const configuration = JSON.stringify({
  architecture: 'amd64',
  config: {
    User: '999:999',
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['postgres'],
    Env: ['PGDATA=/var/lib/pg=data', 'EMPTY='],
    ExposedPorts: { '5432/tcp': {} },
    Volumes: { '/var/lib/pg': {} },
  },
});
const image = (mediaType: string) =>
  JSON.stringify({ mediaType, config: { mediaType: 'x', digest: digestOf(configuration), size: 1 }, layers: [] });
export const oci = image('application/vnd.oci.image.manifest.v1+json');
export const docker = image('application/vnd.docker.distribution.manifest.v2+json');
export const index = JSON.stringify({
  manifests: [
    { digest: digestOf('attestation'), platform: { os: 'unknown', architecture: 'unknown' } },
    { digest: digestOf('arm'), platform: { os: 'linux', architecture: 'arm64' } },
    { digest: digestOf(oci), platform: { os: 'linux', architecture: 'amd64' } },
  ],
});

export interface StandInOptions {
  /** What it asks for: nothing, a name and a password, or a token. */
  proof: 'none' | 'basic' | 'token';
  /** Who may read `private/…`; `team/…` is for anybody who brings a token. */
  user?: { username: string; password: string };
}

/** A registry of one image on this machine, which keeps its blobs elsewhere on the same host. */
export class StandInRegistry {
  /** Scopes that tokens were asked for. */
  readonly tokensGiven: string[] = [];
  readonly asked: string[] = [];
  host = '';
  private readonly server: Server = createServer((request, response) => this.answer(request, response));
  private readonly manifests: Record<string, string> = {
    '16': index,
    docker,
    [digestOf(oci)]: oci,
    huge: 'x'.repeat(5 * 1024 * 1024),
    torn: '{',
  };

  constructor(private readonly options: StandInOptions = { proof: 'token' }) {}

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    this.asked.push(url.pathname);
    if (url.pathname === '/token') return this.token(request, response, url);
    if (url.pathname.startsWith('/v2/silent/')) return;
    if (url.pathname.startsWith('/elsewhere/')) return void response.end(configuration);
    if (!this.lets(request, url)) {
      return void response.writeHead(401, { 'www-authenticate': this.challenge() }).end('{}');
    }
    if (url.pathname === '/v2/') {
      return void response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
    }
    const name = url.pathname.split('/').at(-1) ?? '';
    if (url.pathname.includes('/blobs/')) {
      return void response.writeHead(307, { location: `/elsewhere/${name}` }).end();
    }
    const found = this.manifests[name];
    response.writeHead(found === undefined ? 404 : 200).end(found ?? '{}');
  }

  private challenge(): string {
    if (this.options.proof === 'basic') return 'Basic realm="here"';
    return `Bearer realm="http://${this.host}/token",service="here"`;
  }

  private lets({ headers }: IncomingMessage, { pathname }: URL): boolean {
    const { proof } = this.options;
    if (proof === 'none') return true;
    if (proof === 'basic') return this.knows(headers.authorization);
    if (headers.authorization === 'Bearer of-the-user') return true;
    return headers.authorization === 'Bearer of-anybody' && !pathname.startsWith('/v2/private/');
  }

  /** Anybody gets a token, wrong credentials get none. */
  private token({ headers }: IncomingMessage, response: ServerResponse, url: URL): void {
    const known = this.knows(headers.authorization);
    if (headers.authorization && !known) return void response.writeHead(401).end('{}');
    this.tokensGiven.push(url.searchParams.get('scope') ?? '');
    response.end(JSON.stringify({ token: known ? 'of-the-user' : 'of-anybody' }));
  }

  private knows(authorization: string | undefined): boolean {
    const { user } = this.options;
    if (!user) return false;
    return authorization === `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  }
}
