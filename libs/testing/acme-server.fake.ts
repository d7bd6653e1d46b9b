import 'reflect-metadata';
import {
  createHash,
  createPublicKey,
  randomBytes,
  randomUUID,
  verify,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as x509 from '@peculiar/x509';
import type { FakeCertificateAuthority } from './certificate-authority.fake.js';
import { answerOf } from './web-answer.js';

interface Account {
  url: string;
  key: KeyObject;
  thumbprint: string;
  /** Its owner knows its address. */
  told: boolean;
}

interface Challenge {
  url: string;
  token: string;
  type: 'http-01' | 'dns-01';
  status: 'pending' | 'processing' | 'valid' | 'invalid';
  error?: { type: string; detail: string };
}

interface Order {
  url: string;
  account: Account;
  names: string[];
  challenges: Map<string, Challenge[]>;
  chain: string | null;
}

interface Jws {
  header: { alg: string; nonce: string; url: string; kid?: string; jwk?: JsonWebKey };
  payload: Record<string, unknown> | null;
}

class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    detail: string,
  ) {
    super(detail);
  }
}

/**
 * An issuer by RFC 8555 on loopback, over TLS: every request is a JWS with a nonce of its own, signed by an account’s
 * key, and a host is proven by what its web server answers.
 */
export class FakeAcmeServer {
  /** Hosts as it sees them: where their web servers are. What is not here has none. */
  readonly webServers = new Map<string, string>();
  /** Orders it was asked for, by their names. */
  readonly orders: string[][] = [];
  /** How many orders were not finished at one time, at most. */
  mostAtOnce = 0;
  lifetimeMs = 90 * 86_400_000;
  /** Says so to whoever orders. */
  refusal: string | null = null;
  /** Puts these names into certificates instead of those that were ordered. */
  wrongNames: string[] | null = null;
  /** Accounts it knows, by the key’s thumbprint. */
  private readonly accounts = new Map<string, Account>();
  private readonly open = new Map<string, Order>();
  private readonly nonces = new Set<string>();

  private constructor(
    private readonly server: Server,
    private readonly authority: FakeCertificateAuthority,
  ) {
    server.on('request', (request, response) => void this.serve(request, response));
  }

  static async start(authority: FakeCertificateAuthority): Promise<FakeAcmeServer> {
    const { certificatePem, privateKeyPem } = await authority.issueNamed('acme', ['127.0.0.1', 'localhost']);
    const server = createServer({ cert: certificatePem, key: privateKeyPem });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeAcmeServer(server, authority);
  }

  get directory(): string {
    return `${this.origin}/directory`;
  }

  get accountCount(): number {
    return this.accounts.size;
  }

  forgetAccounts(): void {
    this.accounts.clear();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private get origin(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString('base64url');
    this.nonces.add(nonce);
    response.setHeader('replay-nonce', nonce);
    const say = (status: number, body: unknown, type = 'application/json') => {
      response.writeHead(status, { 'content-type': type });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    try {
      await this.answer(request, response, say);
    } catch (error) {
      const { status, type, message } =
        error instanceof Problem ? error : new Problem(500, 'serverInternal', String(error));
      say(status, { type: `urn:ietf:params:acme:error:${type}`, detail: message, status }, 'application/problem+json');
    }
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    say: (status: number, body: unknown, type?: string) => void,
  ): Promise<void> {
    const path = request.url ?? '';
    if (path === '/directory') {
      const at = (name: string) => `${this.origin}/${name}`;
      return say(200, {
        newNonce: at('nonce'),
        newAccount: at('account'),
        newOrder: at('order'),
        revokeCert: at('revoke'),
      });
    }
    if (path === '/nonce') return say(request.method === 'HEAD' ? 200 : 204, '');
    const { jws, account } = await this.signed(request);
    const order = this.open.get(path.split('/')[2] ?? '');
    if (path === '/account') {
      response.setHeader('location', account.url);
      const first = !account.told;
      account.told = true;
      return say(first ? 201 : 200, { status: 'valid' });
    }
    if (path === account.url.slice(this.origin.length)) return say(200, { status: 'valid' });
    if (path === '/order') {
      const made = this.newOrder(jws, account);
      response.setHeader('location', made.url);
      return say(201, this.shown(made));
    }
    if (!order || order.account !== account) throw new Problem(404, 'malformed', 'There is no such order.');
    const [, kind, , name = '', type = ''] = path.split('/');
    if (kind === 'order') return say(200, this.shown(order));
    if (kind === 'authorization') return say(200, this.authorization(order, name));
    if (kind === 'challenge') return say(200, await this.look(order, name, type));
    if (kind === 'finalize') {
      await this.finalize(order, jws);
      return say(200, this.shown(order));
    }
    if (kind === 'certificate' && order.chain) return say(200, order.chain, 'application/pem-certificate-chain');
    throw new Problem(404, 'malformed', 'There is nothing here.');
  }

  private async signed(request: IncomingMessage): Promise<{ jws: Jws; account: Account }> {
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/jose+json') {
      throw new Problem(415, 'malformed', 'Only JWS by POST.');
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as Record<'protected' | 'payload' | 'signature', string>;
    const header = JSON.parse(Buffer.from(body.protected, 'base64url').toString()) as Jws['header'];
    if (!this.nonces.delete(header.nonce)) throw new Problem(400, 'badNonce', 'The nonce was used or never given.');
    if (header.url !== `${this.origin}${request.url}`)
      throw new Problem(403, 'unauthorized', 'Signed for another address.');
    if ((header.kid === undefined) === (header.jwk === undefined))
      throw new Problem(400, 'malformed', 'One of kid and jwk.');
    const account = header.jwk ? this.register(header.jwk, request.url === '/account') : this.known(header.kid ?? '');
    if (header.alg !== 'ES256') throw new Problem(400, 'badSignatureAlgorithm', 'Only ES256.');
    const signature = Buffer.from(body.signature, 'base64url');
    const text = Buffer.from(`${body.protected}.${body.payload}`);
    if (!verify('sha256', text, { key: account.key, dsaEncoding: 'ieee-p1363' }, signature)) {
      throw new Problem(403, 'unauthorized', 'The signature does not hold.');
    }
    const payload =
      body.payload === ''
        ? null
        : (JSON.parse(Buffer.from(body.payload, 'base64url').toString()) as Record<string, unknown>);
    return { jws: { header, payload }, account };
  }

  private register(jwk: JsonWebKey, allowed: boolean): Account {
    if (!allowed) throw new Problem(403, 'unauthorized', 'Accounts are named by kid.');
    const text = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
    const thumbprint = createHash('sha256').update(text).digest('base64url');
    const present = this.accounts.get(thumbprint);
    if (present) return present;
    const account = {
      url: `${this.origin}/account/${randomUUID()}`,
      key: createPublicKey({ key: jwk, format: 'jwk' }),
      thumbprint,
      told: false,
    };
    this.accounts.set(thumbprint, account);
    return account;
  }

  private known(url: string): Account {
    const account = [...this.accounts.values()].find((each) => each.url === url);
    if (!account) throw new Problem(400, 'accountDoesNotExist', 'There is no such account.');
    return account;
  }

  private newOrder({ payload }: Jws, account: Account): Order {
    const identifiers = (payload?.['identifiers'] ?? []) as { type: string; value: string }[];
    const names = identifiers.map(({ value }) => value);
    this.orders.push(names);
    if (this.refusal) throw new Problem(403, 'rejectedIdentifier', this.refusal);
    const id = randomUUID();
    const challenge = (name: string, type: Challenge['type']): Challenge => ({
      ...{ url: `${this.origin}/challenge/${id}/${name}/${type}`, token: randomBytes(16).toString('base64url') },
      ...{ type, status: 'pending' },
    });
    const challenges = new Map(names.map((name) => [name, [challenge(name, 'dns-01'), challenge(name, 'http-01')]]));
    const order = { url: `${this.origin}/order/${id}`, account, names, challenges, chain: null };
    this.open.set(id, order);
    this.mostAtOnce = Math.max(this.mostAtOnce, [...this.open.values()].filter(({ chain }) => chain === null).length);
    return order;
  }

  private shown(order: Order) {
    const id = order.url.split('/').at(-1);
    const statuses = order.names.map((name) => this.authorization(order, name).status);
    const pending = statuses.includes('invalid')
      ? 'invalid'
      : statuses.every((status) => status === 'valid')
        ? 'ready'
        : 'pending';
    return {
      status: order.chain ? 'valid' : pending,
      identifiers: order.names.map((value) => ({ type: 'dns', value })),
      authorizations: order.names.map((name) => `${this.origin}/authorization/${id}/${name}`),
      finalize: `${this.origin}/finalize/${id}`,
      ...(order.chain ? { certificate: `${this.origin}/certificate/${id}` } : {}),
    };
  }

  private authorization(order: Order, name: string) {
    const challenges = order.challenges.get(name) ?? [];
    const over = challenges.find(({ status }) => status === 'valid' || status === 'invalid');
    return { identifier: { type: 'dns', value: name }, status: over?.status ?? 'pending', challenges };
  }

  private async look(order: Order, name: string, type: string): Promise<Challenge> {
    const challenge = order.challenges.get(name)?.find((each) => each.type === type);
    if (!challenge) throw new Problem(404, 'malformed', 'There is no such challenge.');
    if (challenge.status !== 'pending') return challenge;
    const path = `/.well-known/acme-challenge/${challenge.token}`;
    const expected = `${challenge.token}.${order.account.thumbprint}`;
    const at = this.webServers.get(name);
    const found = at ? await answerOf(at, name, path) : 'no address';
    challenge.status = found === expected ? 'valid' : 'invalid';
    if (challenge.status === 'invalid') {
      const detail = `http://${name}${path} says "${found.slice(0, 60)}"`;
      challenge.error = { type: 'urn:ietf:params:acme:error:unauthorized', detail };
    }
    return challenge;
  }

  private async finalize(order: Order, { payload }: Jws): Promise<void> {
    if (this.shown(order).status !== 'ready') throw new Problem(403, 'orderNotReady', 'Not all hosts are proven.');
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(String(payload?.['csr']), 'base64url'));
    const written = request.getExtension('2.5.29.17');
    const names = written ? new x509.SubjectAlternativeNameExtension(written.rawData).names.items : [];
    const asked = names.map(({ value }) => value);
    if (asked.sort().join() !== [...order.names].sort().join())
      throw new Problem(400, 'badCSR', 'Other names than ordered.');
    const certified = this.wrongNames ?? order.names;
    const { certificatePem } = await this.authority.signRequest(
      certified[0] ?? '',
      request.toString('pem'),
      this.lifetimeMs,
      certified,
    );
    order.chain = `${certificatePem}${this.authority.caPem}`;
  }
}
