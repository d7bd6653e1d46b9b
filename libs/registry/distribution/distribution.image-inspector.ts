import { createHash } from 'node:crypto';
import { ImageInspector, type ImageConfig } from '#libs/core/image/image-inspector.port.js';
import type { PlainCredentials } from '#libs/core/registry/registry-prober.port.js';
import { notFound } from '#libs/domain/error.js';
import { repositoryOf } from '#libs/domain/registry/repository-name.js';
import type { z } from 'zod';
import { imageConfiguration, manifest, manifestList, manifestTypes } from './manifest.wire.js';
import { outboundRefusal } from './outbound.failure.js';
import { RegistrySession } from './registry.session.js';

export interface InspectorOptions {
  /**
   * Registries, as they stand in image names, that may be in an inner network; these are asked in plain HTTP, those
   * with `https://` before them over TLS.
   */
  trusted: readonly string[];
  timeoutMs?: number;
}

/** Reads manifests and configurations over the distribution API. */
export class DistributionImageInspector extends ImageInspector {
  private readonly trusted: ReadonlySet<string>;

  constructor(private readonly options: InspectorOptions) {
    super();
    this.trusted = new Set(options.trusted);
  }

  inspect(reference: string, credentials: PlainCredentials | null): Promise<ImageConfig> {
    return this.ask(reference, credentials, (repository, wanted) => repository.read(wanted));
  }

  digest(reference: string, credentials: PlainCredentials | null): Promise<string> {
    return this.ask(reference, credentials, (repository, wanted) => repository.digest(wanted));
  }

  private async ask<T>(
    reference: string,
    credentials: PlainCredentials | null,
    read: (repository: Repository, wanted: string) => Promise<T>,
  ): Promise<T> {
    const { host, path } = repositoryOf(reference);
    const signal = AbortSignal.timeout(this.options.timeoutMs ?? 10_000);
    const session = new RegistrySession({ host, credentials, trusted: this.trusted, signal });
    try {
      return await read(new Repository(session, path, credentials !== null), wantedOf(reference));
    } catch (error) {
      throw outboundRefusal(error, host, 'imageReference', signal);
    }
  }
}

/** The digest of a reference, else its tag. */
function wantedOf(reference: string): string {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];
  return digest ?? /:([^:/]+)$/.exec(reference)?.[1] ?? 'latest';
}

class Repository {
  constructor(
    private readonly session: RegistrySession,
    private readonly path: string,
    private readonly isProven: boolean,
  ) {}

  async read(wanted: string): Promise<ImageConfig> {
    const top = await this.get(`manifests/${wanted}`, manifestTypes);
    const digest = digestOf(top);
    const body: unknown = JSON.parse(top.toString('utf8'));
    const list = manifestList.safeParse(body);
    const one = list.success
      ? JSON.parse((await this.get(`manifests/${chosen(list.data)}`, manifestTypes)).toString('utf8'))
      : body;
    const { config } = manifest.parse(one);
    const blob = await this.get(`blobs/${config.digest}`, '*/*');
    return toConfig(digest, imageConfiguration.parse(JSON.parse(blob.toString('utf8'))));
  }

  async digest(wanted: string): Promise<string> {
    return digestOf(await this.get(`manifests/${wanted}`, manifestTypes));
  }

  private async get(path: string, accept: string): Promise<Buffer> {
    const scope = `repository:${this.path}:pull`;
    const { status, url, body } = await this.session.get(`${this.path}/${path}`, accept, scope);
    // Registries answer for an image that is not theirs to show as for one that is not there, in either way.
    if ([401, 403, 404].includes(status)) {
      throw notFound(this.isProven ? 'image that these credentials may read' : 'image that anybody may read');
    }
    if (status !== 200) throw new Error(`${url.host} answers ${status}.`);
    return body;
  }
}

const digestOf = (manifest: Buffer): string => `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

/** The manifest for the platform that most nodes have, else the first that is for one at all. */
function chosen({ manifests }: z.output<typeof manifestList>): string {
  const real = manifests.filter(({ platform }) => platform?.os !== 'unknown');
  const usual = real.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
  const found = usual ?? real[0];
  if (!found) throw notFound('image for any platform');
  return found.digest;
}

function toConfig(digest: string, { config }: z.output<typeof imageConfiguration>): ImageConfig {
  const environment = (config?.Env ?? []).map((entry) => {
    const at = entry.indexOf('=');
    return at < 0 ? { name: entry, value: '' } : { name: entry.slice(0, at), value: entry.slice(at + 1) };
  });
  return {
    digest,
    user: config?.User ?? '',
    entrypoint: config?.Entrypoint ?? [],
    command: config?.Cmd ?? [],
    environment,
    ports: config?.ExposedPorts ?? [],
    volumes: config?.Volumes ?? [],
  };
}
