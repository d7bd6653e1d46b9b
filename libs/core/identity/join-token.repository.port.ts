export interface JoinTokenRecord {
  id: string;
  /** Null: of the shared pool. */
  organizationId: string | null;
  nodeClusterId: string | null;
  /** SHA-256. */
  secretHash: Buffer;
  /** Given to the node that joins. */
  tags: string[];
  expiresAt: Date;
  usedAt: Date | null;
  usedByNodeId: string | null;
  revokedAt: Date | null;
  createdBy: string | null;
  createdAt: Date;
}

export interface JoiningNode {
  id: string;
  name: string;
  address: string;
  certificateSerial: string;
  certificateExpiresAt: Date;
}

export interface JoinTokenRepository {
  insert(token: JoinTokenRecord): Promise<void>;
  get(id: string): Promise<JoinTokenRecord | null>;
  /** Newest first; null lists the shared pool's. */
  list(
    organizationId: string | null,
    limit: number,
    offset: number,
  ): Promise<{ rows: JoinTokenRecord[]; total: number }>;
  /** False when it was used or revoked already. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** Marks it used and makes the node, or returns false when it was used, revoked or expired meanwhile. */
  redeem(id: string, node: JoiningNode, at: Date): Promise<boolean>;
  /**
   * The certificate before stays good until it expires, because the answer with the new one may get lost. False
   * when the node is revoked or removed, or the certificate is neither its present one nor the one before.
   */
  renewCertificate(nodeId: string, fromSerial: string, serial: string, expiresAt: Date): Promise<boolean>;
}
