import { RegistryProber, type PlainCredentials, type RegistryProbe } from '#libs/core/registry/registry-prober.port.js';
import { readChallenge } from './challenge.js';
import { outboundReason } from './outbound.failure.js';
import { RegistrySession } from './registry.session.js';

export interface ProberOptions {
  /**
   * Registries, as they stand in image names, that may be in an inner network; these are asked in plain HTTP, those
   * with `https://` before them over TLS.
   */
  trusted: readonly string[];
  timeoutMs?: number;
}

/** Asks `/v2/`, which every registry answers: with 200, or with 401 and how to come again. */
export class DistributionRegistryProber extends RegistryProber {
  private readonly trusted: ReadonlySet<string>;

  constructor(private readonly options: ProberOptions) {
    super();
    this.trusted = new Set(options.trusted);
  }

  async probe(host: string, credentials: PlainCredentials | null): Promise<RegistryProbe> {
    const signal = AbortSignal.timeout(this.options.timeoutMs ?? 10_000);
    try {
      const session = new RegistrySession({ host, credentials, trusted: this.trusted, signal });
      const { status, headers } = await session.get('', 'application/json', null);
      const known = String(headers['docker-distribution-api-version'] ?? '').startsWith('registry/2');
      const wantsProof = readChallenge(headers['www-authenticate']) !== null;
      const speaks = status === 200 && String(headers['content-type'] ?? '').startsWith('application/json');
      if (known || wantsProof || speaks) return { answers: true, accepted: credentials && status === 200 };
      return { answers: false, reason: `"${host}" does not answer as a registry.` };
    } catch (error) {
      return { answers: false, reason: outboundReason(error, host, signal) };
    }
  }
}
