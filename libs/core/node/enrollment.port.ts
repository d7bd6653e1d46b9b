/** Joining and renewing nodes. Implemented by identity (the CA) over the store. */
export abstract class NodeEnrollment {
  /**
   * Redeems a one-time join token for a certificate. A token that is used, expired, revoked or wrong is
   * `unauthenticated`, always with the same sentence; a CSR that cannot be read is `invalid`.
   */
  abstract join(request: {
    tokenId: string;
    tokenSecret: string;
    csrPem: string;
    nodeName: string;
    address: string;
  }): Promise<{ nodeId: string; certificatePem: string; caPem: string }>;
  /** A new certificate for a node whose present one is valid and not revoked. */
  abstract renew(
    nodeId: string,
    certificateSerial: string,
    csrPem: string,
  ): Promise<{ certificatePem: string; caPem: string }>;
}

export interface ServiceCertificate {
  certificatePem: string;
  privateKeyPem: string;
  caPem: string;
}

/** Certificates for the platform's own processes, made in memory at start. Common name `api`, `worker`, `gateway`. */
export abstract class PlatformCertificates {
  /** `names` are the DNS names and addresses a server certificate answers to. */
  abstract issue(role: 'api' | 'worker' | 'gateway', names: string[]): Promise<ServiceCertificate>;
}

/** What a join token pins, so that a node knows the real authority before it sends anything. */
export abstract class AuthorityPin {
  /** SHA-256 of the authority's certificate (DER), 64 lower-case hexadecimal digits. */
  abstract fingerprint(): Promise<string>;
}
