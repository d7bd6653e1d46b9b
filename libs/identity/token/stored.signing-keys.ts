import { createPrivateKey, createPublicKey, generateKeyPair, randomUUID, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { SigningKeys } from '#libs/core/identity/access-tokens.port.js';
import type { CredentialInvalidations } from '#libs/core/identity/credential-invalidations.port.js';
import type { SigningKeyRecord } from '#libs/core/identity/platform-key.repository.port.js';
import type { UnitOfWork } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { DomainError, notFound } from '#libs/domain/error.js';
import type { Clock } from '#libs/platform/clock.js';
import { deriveKey } from '#libs/platform/crypto/derive.js';
import { seal, unseal } from '#libs/platform/crypto/seal.js';

export const algorithm = 'RS256';
const bits = 2048;
/** Tokens of invented keys must not make every request read the database. */
const reloadAtMostEveryMs = 1_000;
/** A retirement that was not heard of is noticed by then. */
const believeForMs = 5_000;

interface LoadedKey {
  kid: string;
  publicKey: KeyObject;
  publicJwk: object;
  sealed: Buffer;
}

/** RSA keys in the database, their private parts sealed with a key that is derived from the master key. */
export class StoredSigningKeys extends SigningKeys {
  private keys: LoadedKey[] = [];
  private loadedAt = 0;
  private loading: Promise<void> | null = null;
  private signer: { kid: string; key: KeyObject } | null = null;
  private readonly sealingKey: Buffer;

  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    masterKey: Buffer,
    invalidations: CredentialInvalidations | null,
  ) {
    super();
    this.sealingKey = deriveKey(masterKey, 'signing-keys');
    invalidations?.onInvalidated(({ kind }) => {
      if (kind === 'signing-keys' || kind === 'everything') this.loadedAt = 0;
    });
  }

  async rotate(): Promise<string> {
    const kid = randomUUID();
    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
    const pkcs8 = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
    const publicJwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
    const privateKeyEncrypted = seal(this.sealingKey, pkcs8, kid);
    await this.work.platform((tx) =>
      tx.identity.keys.insertSigningKey({ kid, algorithm, publicJwk, privateKeyEncrypted }),
    );
    this.loadedAt = 0;
    return kid;
  }

  async retire(kid: string): Promise<void> {
    await this.work.platform(async (tx) => {
      const used = (await tx.identity.keys.signingKeys()).filter((key) => key.retiredAt === null);
      if (!used.some((key) => key.kid === kid)) throw notFound('signing key');
      if (used.at(-1)?.kid === kid) throw new DomainError('conflict', 'This key signs; make a new one first.');
      await tx.identity.keys.retireSigningKey(kid, this.clock.now());
    });
    this.loadedAt = 0;
  }

  async jwks(): Promise<{ keys: Record<string, unknown>[] }> {
    await this.fresh();
    return { keys: this.keys.map((key) => ({ ...key.publicJwk })) };
  }

  /** The newest key; makes the first one where there is none. */
  async signingKey(): Promise<{ kid: string; key: KeyObject }> {
    await this.fresh();
    if (this.keys.length === 0) {
      await this.rotate();
      await this.fresh();
    }
    const newest = this.keys.at(-1);
    if (!newest) throw new Error('There is no signing key although one was just made.');
    if (this.signer?.kid !== newest.kid) {
      const der = unseal(this.sealingKey, newest.sealed, newest.kid);
      this.signer = { kid: newest.kid, key: createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }) };
    }
    return this.signer;
  }

  /** Null for a key that never was or is retired. */
  async verifyingKey(kid: string): Promise<KeyObject | null> {
    await this.fresh();
    const find = () => this.keys.find((key) => key.kid === kid)?.publicKey ?? null;
    const found = find();
    if (found || Date.now() - this.loadedAt < reloadAtMostEveryMs) return found;
    await this.load();
    return find();
  }

  private async fresh(): Promise<void> {
    if (Date.now() - this.loadedAt > believeForMs) await this.load();
  }

  private load(): Promise<void> {
    this.loading ??= this.read().finally(() => (this.loading = null));
    return this.loading;
  }

  private async read(): Promise<void> {
    const began = Date.now();
    const records = await this.work.platformRead((tx) => tx.identity.keys.signingKeys());
    this.keys = records.filter((key) => key.retiredAt === null).map(toLoaded);
    this.loadedAt = began;
  }
}

const toLoaded = (record: SigningKeyRecord): LoadedKey => ({
  kid: record.kid,
  publicKey: createPublicKey({ key: record.publicJwk as Record<string, string>, format: 'jwk' }),
  publicJwk: record.publicJwk,
  sealed: record.privateKeyEncrypted,
});
