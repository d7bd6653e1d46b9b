import type { PlainCredentials } from '#libs/core/registry/registry-prober.port.js';
import { dockerHub } from '#libs/domain/registry/repository-name.js';
import { readChallenge, type Challenge } from './challenge.js';
import { tokenAnswer } from './manifest.wire.js';
import { outboundGet, type OutboundAnswer } from '#libs/outbound/outbound.request.js';

/** More than any manifest or configuration has. */
const maxBytes = 4 * 1024 * 1024;

export interface SessionOptions {
  /** As it stands in image names. */
  host: string;
  /** Null: as anybody may. */
  credentials: PlainCredentials | null;
  /** Registries that may be in an inner network; these are asked in plain HTTP, `https://…` over TLS. */
  trusted: ReadonlySet<string>;
  signal: AbortSignal;
}

/** Calls of one registry, with whatever proof it asks for: nothing, a name and a password, or a token. */
export class RegistrySession {
  private proof: string | null = null;

  constructor(private readonly options: SessionOptions) {}

  /**
   * @param path below `/v2/`
   * @param scope that a token is asked for where the registry names none
   */
  async get(path: string, accept: string, scope: string | null): Promise<OutboundAnswer> {
    const { host: named, trusted } = this.options;
    const host = named === dockerHub ? 'registry-1.docker.io' : named;
    const url = new URL(`${trusted.has(named) ? 'http' : 'https'}://${host}/v2/${path}`);
    const answer = await this.ask(url, accept);
    const challenge = answer.status === 401 ? readChallenge(answer.headers['www-authenticate']) : null;
    const proof = challenge && (await this.prove(challenge, scope));
    if (!proof) return answer;
    this.proof = proof;
    return this.ask(url, accept);
  }

  private ask(url: URL, accept: string): Promise<OutboundAnswer> {
    const { trusted, signal } = this.options;
    const headers = { accept, ...(this.proof ? { authorization: this.proof } : {}) };
    return outboundGet(url, { headers, trusted, maxBytes, signal });
  }

  /** Null where the registry's own answer is all there is to have. */
  private async prove(challenge: Challenge, scope: string | null): Promise<string | null> {
    const { credentials, trusted, signal } = this.options;
    const own = credentials && basicProof(credentials);
    if (challenge.scheme === 'basic') return own;
    const url = new URL(challenge.realm);
    if (challenge.service) url.searchParams.set('service', challenge.service);
    const wanted = challenge.scope ?? scope;
    if (wanted) url.searchParams.set('scope', wanted);
    const headers: Record<string, string> = own ? { authorization: own } : {};
    const { status, body } = await outboundGet(url, { headers, trusted, maxBytes, signal });
    if (status >= 500) throw new Error(`${url.host} answers ${status}.`);
    if (status !== 200) return null;
    const answer = tokenAnswer.parse(JSON.parse(body.toString('utf8')));
    const token = answer.token ?? answer.access_token;
    return token ? `Bearer ${token}` : null;
  }
}

const basicProof = ({ username, password }: PlainCredentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
