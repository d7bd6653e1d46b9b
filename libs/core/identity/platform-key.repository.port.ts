export interface SigningKeyRecord {
  kid: string;
  algorithm: string;
  publicJwk: object;
  /** Sealed with a key outside of the database. */
  privateKeyEncrypted: Buffer;
  /** From then on its signatures are refused. */
  retiredAt: Date | null;
  createdAt: Date;
}

export interface CertificateAuthorityRecord {
  id: string;
  certificatePem: string;
  /** Sealed with a key outside of the database. */
  privateKeyEncrypted: Buffer;
}

export interface PlatformKeyRepository {
  /** Oldest first; retired ones too. */
  signingKeys(): Promise<SigningKeyRecord[]>;
  insertSigningKey(key: Omit<SigningKeyRecord, 'retiredAt' | 'createdAt'>): Promise<void>;
  /** False when there is none of that name in use. */
  retireSigningKey(kid: string, at: Date): Promise<boolean>;
  certificateAuthority(): Promise<CertificateAuthorityRecord | null>;
  /** False when another process made one first. */
  insertCertificateAuthority(authority: CertificateAuthorityRecord): Promise<boolean>;
}
