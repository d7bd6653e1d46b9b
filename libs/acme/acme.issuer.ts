import { get as plainGet } from 'node:http';
import { Agent, get as secureGet } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import type * as acme from 'acme-client';
import {
  CertificateIssuer,
  IssuerRefusal,
  type Issued,
  type IssuerChallenge,
  type IssuingRequest,
} from '#libs/core/certificate/certificate-issuer.port.js';

export interface AcmeIssuerOptions {
  directory: string;
  /** Whom the issuer writes to; null: nobody. */
  email: string | null;
  /** Root certificates besides the well-known ones, as PEM. */
  ca: string | null;
}

const callMs = 15_000;
const longestSentence = 300;

interface Pending {
  challenge: Parameters<acme.Client['completeChallenge']>[0];
  told: IssuerChallenge;
}

/** An issuer that speaks ACME (RFC 8555) and looks over HTTP. */
export class AcmeIssuer extends CertificateIssuer {
  readonly directory: string;
  private readonly agent: Agent;

  constructor(private readonly options: AcmeIssuerOptions) {
    super();
    this.directory = options.directory;
    // Read once: with each connection it would take longer than all the rest of it.
    const trusted = options.ca === null ? {} : { ca: [...rootCertificates, options.ca] };
    this.agent = new Agent({ keepAlive: true, secureContext: createSecureContext(trusted) });
  }

  async accountKey(): Promise<string> {
    const acme = await this.library();
    return (await acme.crypto.createPrivateEcdsaKey('P-256')).toString();
  }

  async issue(request: IssuingRequest): Promise<Issued> {
    const { signal } = request;
    let ended: () => void = () => undefined;
    const over = new Promise<never>((_, reject) => {
      ended = () => reject(new IssuerRefusal('The issuer did not come to an end in time.'));
      signal.addEventListener('abort', ended, { once: true });
      if (signal.aborted) ended();
    });
    try {
      return await Promise.race([this.order(request), over]);
    } finally {
      signal.removeEventListener('abort', ended);
    }
  }

  /** Loaded when it is first needed: it is five megabytes of memory, and most workers never ask for a certificate. */
  private async library(): Promise<typeof acme> {
    const library = await import('acme-client');
    // It has one HTTP client for the whole process.
    const { defaults } = library.axios;
    defaults.timeout = callMs;
    Object.assign(defaults, { acmeSettings: { retryMaxAttempts: 2, retryDefaultDelay: 1 } });
    defaults.httpsAgent = this.agent;
    return library;
  }

  private async order({ names, accountKey, answer, signal }: IssuingRequest): Promise<Issued> {
    await this.reach();
    const acme = await this.library();
    const client = await saying('register', () => this.client(acme, accountKey));
    const order = await saying('order', () =>
      client.createOrder({ identifiers: names.map((value) => ({ type: 'dns', value })) }),
    );
    const pending = await saying('prove the hosts', () => this.pending(client, order));
    if (pending.length) {
      await answer(pending.map(({ told }) => told));
      signal.throwIfAborted();
      for (const { challenge, told } of pending) {
        await saying(`look at ${told.host}`, async () => {
          await client.completeChallenge(challenge);
          await client.waitForValidStatus(challenge);
        });
      }
    }
    return saying('issue', async () => {
      await client.waitForValidStatus(order);
      const own = await acme.crypto.createPrivateEcdsaKey('P-256');
      const [key, csr] = await acme.crypto.createCsr({ altNames: names }, own);
      const finalized = await client.finalizeOrder(order, csr);
      return {
        chainPem: await client.getCertificate(finalized),
        keyPem: key.toString(),
        accountUrl: client.getAccountUrl(),
      };
    });
  }

  /** The library loses why an address cannot be reached, which is what the operator has to know. */
  private reach(): Promise<void> {
    const url = new URL(this.directory);
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => {
        reject(new IssuerRefusal(`The issuer at ${url.host} cannot be reached: ${error.message}`, { cause: error }));
      };
      const options = { signal: AbortSignal.timeout(callMs) };
      const call =
        url.protocol === 'https:' ? secureGet(url, { ...options, agent: this.agent }) : plainGet(url, options);
      call.once('response', (response) => {
        response.resume();
        resolve();
      });
      call.once('error', failed);
    });
  }

  /** Registers the key each time: an issuer that knows it answers with the account that it has. */
  private async client({ Client }: typeof acme, accountKey: string): Promise<acme.Client> {
    const { directory: directoryUrl, email } = this.options;
    const pace = { backoffAttempts: 20, backoffMin: 250, backoffMax: 4_000 };
    const client = new Client({ directoryUrl, accountKey, ...pace });
    const contact = email === null ? {} : { contact: [`mailto:${email}`] };
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    return client;
  }

  private async pending(client: acme.Client, order: acme.Order): Promise<Pending[]> {
    const found: Pending[] = [];
    for (const authorization of await client.getAuthorizations(order)) {
      if (authorization.status === 'valid') continue;
      const host = authorization.identifier.value;
      const challenge = authorization.challenges.find(({ type }) => type === 'http-01');
      if (!challenge) throw new Error(`It does not take proofs over HTTP for ${host}.`);
      const response = await client.getChallengeKeyAuthorization(challenge);
      found.push({ challenge, told: { host, token: challenge.token, response } });
    }
    return found;
  }
}

/** What fails inside is the issuer’s refusal, with the issuer’s words. */
async function saying<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    const sentence = said.replace(/\s+/g, ' ').slice(0, longestSentence);
    throw new IssuerRefusal(`The issuer did not ${what}: ${sentence || 'it gave no reason.'}`, { cause: error });
  }
}
