import { Resolver } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { DomainProofs, type ProofAnswer } from '#libs/core/domain/domain-proofs.port.js';
import { InnerAddressError, isInner } from './outbound.guard.js';
import { outboundGet } from './outbound.request.js';

export interface DomainProofOptions {
  /** `address` or `address:port` of DNS servers; empty: the system’s. */
  servers: readonly string[];
  /** Web servers in inner networks count as well. */
  inner: boolean;
  timeoutMs?: number;
  /** Of web servers. */
  httpPort?: number;
}

const maxBytes = 4_096;

/** Looks for proofs in DNS and on web servers, with one resolver for both. */
export class NetworkDomainProofs extends DomainProofs {
  private readonly timeoutMs: number;

  constructor(private readonly options: DomainProofOptions) {
    super();
    this.timeoutMs = options.timeoutMs ?? 5_000;
  }

  async txt(name: string, text: string): Promise<ProofAnswer> {
    try {
      const records = (await this.resolver().resolveTxt(name)).map((parts) => parts.join(''));
      if (records.includes(text)) return { found: true, instead: '' };
      return missing(`the TXT records of ${name} are not the one that is asked for.`);
    } catch (error) {
      return missing(dnsSentence(name, 'TXT record', error));
    }
  }

  async http(name: string, path: string, text: string): Promise<ProofAnswer> {
    const port = this.options.httpPort ?? 80;
    const url = new URL(`http://${name}${port === 80 ? '' : `:${port}`}${path}`);
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      const { status, body } = await outboundGet(url, {
        headers: { 'user-agent': 'pierhead', accept: 'text/plain' },
        trusted: new Set(),
        plain: true,
        lookup: this.lookup(),
        follow: (to) => to.hostname === name && ['', String(port)].includes(to.port),
        maxBytes,
        signal,
      });
      if (status !== 200) return missing(`${url.href} answers ${status}.`);
      if (body.toString('utf8').trim() === text) return { found: true, instead: '' };
      return missing(`${url.href} answers something else.`);
    } catch (error) {
      return missing(this.httpSentence(url, error, signal.aborted));
    }
  }

  private resolver(): Resolver {
    const resolver = new Resolver({ timeout: Math.ceil(this.timeoutMs / 2), tries: 2 });
    if (this.options.servers.length) resolver.setServers([...this.options.servers]);
    return resolver;
  }

  /** By the same servers, and to outer addresses only unless the operator said otherwise. */
  private lookup(): LookupFunction {
    const resolver = this.resolver();
    const find = async (hostname: string): Promise<LookupAddress[]> => {
      const none = (): string[] => [];
      const [four, six] = await Promise.all([
        resolver.resolve4(hostname).catch(none),
        resolver.resolve6(hostname).catch(none),
      ]);
      const found = [...four, ...six].map((address) => ({ address, family: isIP(address) }));
      if (found.length === 0) throw Object.assign(new Error('No address.'), { code: 'ENOTFOUND' });
      if (!this.options.inner && found.some(({ address }) => isInner(address))) throw new InnerAddressError(hostname);
      return found;
    };
    return (hostname, options, callback) => {
      find(hostname).then(
        (found) => {
          const [first] = found;
          if (options.all) callback(null, found);
          else callback(null, first?.address ?? '', first?.family ?? 4);
        },
        (error: Error) => callback(error, '', 0),
      );
    };
  }

  private httpSentence(url: URL, error: unknown, late: boolean): string {
    if (error instanceof InnerAddressError) return `${url.hostname} is in an inner network, which is not asked.`;
    if (late) return `${url.hostname} did not answer in time.`;
    if (codeOf(error) === 'ENOTFOUND') return `${url.hostname} has no address.`;
    if (codeOf(error) === 'ECONNREFUSED') return `no web server answers on ${url.host}.`;
    return `${url.href} could not be read.`;
  }
}

const missing = (instead: string): ProofAnswer => ({ found: false, instead });

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

function dnsSentence(name: string, what: string, error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENODATA' || code === 'ENOTFOUND') return `there is no ${what} at ${name}.`;
  if (code === 'ETIMEOUT') return `the servers of ${name} did not answer in time.`;
  return `${name} could not be looked up.`;
}
