import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DistributionImageInspector } from './distribution.image-inspector.js';

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const configuration = JSON.stringify({
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
const oci = image('application/vnd.oci.image.manifest.v1+json');
const docker = image('application/vnd.docker.distribution.manifest.v2+json');
const index = JSON.stringify({
  manifests: [
    { digest: digestOf('attestation'), platform: { os: 'unknown', architecture: 'unknown' } },
    { digest: digestOf('arm'), platform: { os: 'linux', architecture: 'arm64' } },
    { digest: digestOf(oci), platform: { os: 'linux', architecture: 'amd64' } },
  ],
});

/** A registry that gives tokens to anybody and keeps its blobs elsewhere on the same host. */
class StandInRegistry {
  readonly tokensGiven: string[] = [];
  readonly asked: string[] = [];
  private readonly server: Server = createServer((request, response) => this.answer(request, response));
  host = '';

  private readonly manifests: Record<string, string> = {
    '16': index,
    docker,
    [digestOf(oci)]: oci,
    huge: 'x'.repeat(5 * 1024 * 1024),
    torn: '{',
  };

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
    if (url.pathname === '/token') {
      this.tokensGiven.push(url.searchParams.get('scope') ?? '');
      return void response.end(JSON.stringify({ token: 'good' }));
    }
    if (url.pathname.startsWith('/silent/') || url.pathname.startsWith('/v2/silent/')) return;
    if (url.pathname.startsWith('/elsewhere/')) return void response.end(configuration);
    if (request.headers.authorization !== 'Bearer good') {
      const challenge = `Bearer realm="http://${this.host}/token",service="here",scope="repository:team/pg:pull"`;
      return void response.writeHead(401, { 'www-authenticate': challenge }).end('{}');
    }
    const name = url.pathname.split('/').at(-1) ?? '';
    if (url.pathname.includes('/blobs/')) {
      return void response.writeHead(307, { location: `/elsewhere/${name}` }).end();
    }
    const found = this.manifests[name];
    response.writeHead(found === undefined ? 404 : 200).end(found ?? '{}');
  }
}

describe('reading images from a registry', () => {
  const registry = new StandInRegistry();
  beforeAll(() => registry.open());
  afterAll(() => registry.close());

  const inspector = (trusted = [registry.host], timeoutMs = 5_000) =>
    new DistributionImageInspector({ trusted, timeoutMs });

  it('takes the usual platform of an index, with a token, and follows to the configuration', async () => {
    expect(await inspector().inspect(`${registry.host}/team/pg:16`)).toEqual({
      digest: digestOf(index),
      user: '999:999',
      entrypoint: ['docker-entrypoint.sh'],
      command: ['postgres'],
      environment: [
        { name: 'PGDATA', value: '/var/lib/pg=data' },
        { name: 'EMPTY', value: '' },
      ],
      ports: ['5432/tcp'],
      volumes: ['/var/lib/pg'],
    });
    expect(registry.tokensGiven).toEqual(['repository:team/pg:pull']);
  });

  it.each([
    ['docker', docker],
    [`x@${digestOf(oci)}`, oci],
  ])('reads one platform’s manifest, %s', async (wanted, body) => {
    const reference = `${registry.host}/team/pg:${wanted}`;
    expect((await inspector().inspect(reference)).digest).toBe(digestOf(body));
  });

  it.each([
    ['missing', 'not-found'],
    ['huge', 'unavailable'],
    ['torn', 'unavailable'],
  ])('refuses %s as %s', async (tag, code) => {
    await expect(inspector().inspect(`${registry.host}/team/pg:${tag}`)).rejects.toMatchObject({ code });
  });

  it('does not wait for ever', async () => {
    const slow = inspector([registry.host], 200).inspect(`${registry.host}/silent/pg`);
    await expect(slow).rejects.toMatchObject({ code: 'timeout' });
  });

  it('asks nothing inside that the operator does not allow, by address or by name', async () => {
    const before = registry.asked.length;
    const port = registry.host.split(':')[1];
    for (const host of [registry.host, `localhost:${port}`]) {
      await expect(inspector([]).inspect(`${host}/team/pg:16`)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(registry.asked).toHaveLength(before);
  });
});
