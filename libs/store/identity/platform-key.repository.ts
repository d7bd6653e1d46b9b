import { IsNull, type EntityManager } from 'typeorm';
import type {
  CertificateAuthorityRecord,
  PlatformKeyRepository,
  SigningKeyRecord,
} from '#libs/core/identity/platform-key.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { CertificateAuthorityEntity } from './certificate-authority.entity.js';
import { announce } from './credential.announcement.js';
import { SigningKeyEntity } from './signing-key.entity.js';

export class PostgresPlatformKeyRepository implements PlatformKeyRepository {
  constructor(
    private readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  signingKeys(): Promise<SigningKeyRecord[]> {
    return this.manager.find(SigningKeyEntity, { order: { createdAt: 'ASC', kid: 'ASC' } });
  }

  async insertSigningKey(key: Omit<SigningKeyRecord, 'retiredAt' | 'createdAt'>): Promise<void> {
    await this.manager.insert(SigningKeyEntity, { ...key });
    await announce(this.sql, { kind: 'signing-keys' });
  }

  async retireSigningKey(kid: string, at: Date): Promise<boolean> {
    const result = await this.manager.update(SigningKeyEntity, { kid, retiredAt: IsNull() }, { retiredAt: at });
    await announce(this.sql, { kind: 'signing-keys' });
    return (result.affected ?? 0) > 0;
  }

  async certificateAuthority(): Promise<CertificateAuthorityRecord | null> {
    const [oldest] = await this.manager.find(CertificateAuthorityEntity, { order: { createdAt: 'ASC' }, take: 1 });
    return oldest ?? null;
  }

  /** There is no natural key to collide on, so the table is held while looking. */
  async insertCertificateAuthority(authority: CertificateAuthorityRecord): Promise<boolean> {
    await this.sql.vary(`SELECT pg_advisory_xact_lock(hashtext('pierhead:certificate-authority'))`);
    if (await this.certificateAuthority()) return false;
    await this.manager.insert(CertificateAuthorityEntity, { ...authority });
    return true;
  }
}
