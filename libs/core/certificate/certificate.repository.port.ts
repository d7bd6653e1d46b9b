export interface CertificateRecord {
  id: string;
  organizationId: string;
  projectId: string;
  source: 'uploaded' | 'acme';
  /** Canonical hosts, `*.name` among them. */
  names: string[];
  /** The server’s own first; null until it was issued. */
  chainPem: string | null;
  issuer: string | null;
  /** SHA-256 of the server’s certificate, in hex. */
  fingerprint: string | null;
  notBefore: Date | null;
  notAfter: Date | null;
  /** Failures in a row to have it issued or renewed. */
  attempts: number;
  /** When it is to be issued, tried again or renewed. */
  lookAgainAt: Date | null;
  problem: string | null;
  createdAt: Date;
  rowVersion: number;
}

/** An answer to an issuer that looks whether a host is served here. */
export interface ChallengeRecord {
  token: string;
  certificateId: string;
  organizationId: string;
  host: string;
  response: string;
}

export interface CertificateRepository {
  /** The key is sealed; it leaves the database towards edges only. */
  insert(certificate: CertificateRecord, keySealed: Buffer | null): Promise<void>;
  get(projectId: string, id: string): Promise<CertificateRecord | null>;
  list(projectId: string, limit: number, offset: number): Promise<{ rows: CertificateRecord[]; total: number }>;
  /**
   * All but source and owner; a key replaces the one that is there. `stale` when `rowVersion` is not the stored one;
   * returns the new version.
   */
  update(certificate: CertificateRecord, keySealed?: Buffer): Promise<number>;
  delete(id: string): Promise<void>;
  /** What routes chose it by name, as host and path or port. */
  chosenBy(id: string): Promise<string[]>;
  /** The organization’s that were asked for and never issued. */
  pending(organizationId: string): Promise<string[]>;
  /** For the platform, across projects. */
  getAny(id: string): Promise<CertificateRecord | null>;
  /** As `getAny`, and holds the row until the transaction ends. */
  lockAny(id: string): Promise<CertificateRecord | null>;
  /** For the platform: what edges are to answer, in place of what they did for it before; false: there was and is none. */
  setChallenges(certificateId: string, challenges: ChallengeRecord[]): Promise<boolean>;
  /**
   * For the platform: whether every edge that is up answers the certificate’s challenges. `none` when there is no
   * such edge.
   */
  challengesInForce(certificateId: string): Promise<'yes' | 'not-yet' | 'none'>;
}

export interface BackOff {
  name: string;
  failures: number;
  notBefore: Date;
  problem: string;
}

/** What the issuing of certificates keeps between two looks; on the platform role. */
export interface IssuingRepository {
  /** The sealed key of the platform’s account, and its address if it is registered. */
  account(directory: string): Promise<{ url: string | null; keySealed: Buffer } | null>;
  /** Keeps the first of two that are saved at once, and returns what is kept. */
  saveAccount(
    directory: string,
    url: string | null,
    keySealed: Buffer,
  ): Promise<{ url: string | null; keySealed: Buffer }>;
  backOffs(names: string[]): Promise<BackOff[]>;
  saveBackOffs(backOffs: BackOff[]): Promise<void>;
  clearBackOffs(names: string[]): Promise<void>;
}

/** Work that one process at a time may do, however many try; on the platform role. */
export interface LeaseRepository {
  /** True when the holder has it from now on, for so long; one that has it already keeps it longer. */
  take(name: string, holder: string, milliseconds: number): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
}
