import { createHash } from 'node:crypto';
import { ImageInspector, type ImageConfig } from '#libs/core/image/image-inspector.port.js';
import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { dockerHub, repositoryOf } from '#libs/domain/registry/repository-name.js';
import type { z } from 'zod';
import { readChallenge, type BearerChallenge } from './bearer-challenge.js';
import { imageConfiguration, manifest, manifestList, manifestTypes, tokenAnswer } from './manifest.wire.js';
import { InnerAddressError } from './outbound.guard.js';
import { outboundGet, type OutboundAnswer } from './outbound.request.js';

export interface InspectorOptions {
  /** Registries, as they stand in image names, that may be in an inner network; these are asked in plain HTTP. */
  trusted: readonly string[];
  timeoutMs?: number;
}

/** More than any manifest or configuration has. */
const maxBytes = 4 * 1024 * 1024;

/** Reads manifests and configurations over the distribution API, as anybody may. */
export class DistributionImageInspector extends ImageInspector {
  private readonly trusted: ReadonlySet<string>;

  constructor(private readonly options: InspectorOptions) {
    super();
    this.trusted = new Set(options.trusted);
  }

  async inspect(reference: string): Promise<ImageConfig> {
    const { host, path } = repositoryOf(reference);
    const signal = AbortSignal.timeout(this.options.timeoutMs ?? 10_000);
    const session = new RegistrySession(host, path, this.trusted, signal);
    try {
      return await session.read(wantedOf(reference));
    } catch (error) {
      throw explained(error, host, signal);
    }
  }
}

/** The digest of a reference, else its tag. */
function wantedOf(reference: string): string {
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1];
  return digest ?? /:([^:/]+)$/.exec(reference)?.[1] ?? 'latest';
}

function explained(error: unknown, host: string, signal: AbortSignal): unknown {
  if (error instanceof DomainError) return error;
  if (error instanceof InnerAddressError) {
    return invalid('imageReference', `The registry "${host}" is in a network that may not be asked from here.`);
  }
  if (signal.aborted) return new DomainError('timeout', `The registry "${host}" did not answer in time.`);
  return new DomainError('unavailable', `The registry "${host}" could not be read.`);
}

class RegistrySession {
  private token: string | null = null;

  constructor(
    private readonly host: string,
    private readonly path: string,
    private readonly trusted: ReadonlySet<string>,
    private readonly signal: AbortSignal,
  ) {}

  async read(wanted: string): Promise<ImageConfig> {
    const top = await this.get(`manifests/${wanted}`, manifestTypes);
    const digest = `sha256:${createHash('sha256').update(top.body).digest('hex')}`;
    const body: unknown = JSON.parse(top.body.toString('utf8'));
    const list = manifestList.safeParse(body);
    const one = list.success
      ? JSON.parse((await this.get(`manifests/${chosen(list.data)}`, manifestTypes)).body.toString('utf8'))
      : body;
    const { config } = manifest.parse(one);
    const blob = await this.get(`blobs/${config.digest}`, '*/*');
    return toConfig(digest, imageConfiguration.parse(JSON.parse(blob.body.toString('utf8'))));
  }

  private async get(path: string, accept: string): Promise<OutboundAnswer> {
    const host = this.host === dockerHub ? 'registry-1.docker.io' : this.host;
    const url = new URL(`${this.trusted.has(this.host) ? 'http' : 'https'}://${host}/v2/${this.path}/${path}`);
    let answer = await this.ask(url, accept);
    const challenge = answer.status === 401 ? readChallenge(answer.headers['www-authenticate']) : null;
    if (challenge) {
      this.token = await this.tokenFor(challenge);
      answer = await this.ask(url, accept);
    }
    // Registries answer for an image that is not theirs to show as for one that is not there, in either way.
    if ([401, 403, 404].includes(answer.status)) throw notFound('image that anybody may read');
    if (answer.status !== 200) throw new Error(`${url.host} answers ${answer.status}.`);
    return answer;
  }

  private ask(url: URL, accept: string): Promise<OutboundAnswer> {
    const { trusted, signal, token } = this;
    const headers = { accept, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    return outboundGet(url, { headers, trusted, maxBytes, signal });
  }

  private async tokenFor({ realm, service, scope }: BearerChallenge): Promise<string | null> {
    const url = new URL(realm);
    if (service) url.searchParams.set('service', service);
    url.searchParams.set('scope', scope ?? `repository:${this.path}:pull`);
    const { trusted, signal } = this;
    const { status, body } = await outboundGet(url, { trusted, maxBytes, signal });
    if (status !== 200) return null;
    const answer = tokenAnswer.parse(JSON.parse(body.toString('utf8')));
    return answer.token ?? answer.access_token ?? null;
  }
}

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
