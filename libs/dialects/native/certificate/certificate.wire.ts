import { z } from 'zod';
import type { CertificateRecord } from '#libs/core/certificate/certificate.repository.port.js';
import { certificateState, certificateStates } from '#libs/domain/certificate/state.js';

const pem = z.string().min(1).max(65_536);

/** PEM. The chain begins with the server’s own certificate. */
export const certificatePairBody = z.strictObject({ chain: pem, key: pem });
export const certificateRequestBody = z.strictObject({ names: z.array(z.string().max(255)).min(1).max(100) });
export const newCertificateBody = z.union([certificatePairBody, certificateRequestBody]);

export const certificateAnswer = z.object({
  id: z.uuid(),
  /** `acme`: issued on request, and renewed. */
  source: z.enum(['uploaded', 'acme']),
  state: z.enum(certificateStates),
  names: z.array(z.string()),
  issuer: z.string().nullable(),
  /** SHA-256 of the server’s certificate. */
  fingerprint: z.string().nullable(),
  notBefore: z.iso.datetime().nullable(),
  notAfter: z.iso.datetime().nullable(),
  /** The public part. The key is never given out. */
  chain: z.string().nullable(),
  /** When it is tried again or renewed. */
  nextAttemptAt: z.iso.datetime().nullable(),
  /** Why it is not issued or renewed. */
  problem: z.string().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toCertificate = (certificate: CertificateRecord): z.infer<typeof certificateAnswer> => ({
  id: certificate.id,
  source: certificate.source,
  state: certificateState(certificate.notAfter, new Date()),
  names: certificate.names,
  issuer: certificate.issuer,
  fingerprint: certificate.fingerprint,
  notBefore: certificate.notBefore?.toISOString() ?? null,
  notAfter: certificate.notAfter?.toISOString() ?? null,
  chain: certificate.chainPem,
  nextAttemptAt: certificate.lookAgainAt?.toISOString() ?? null,
  problem: certificate.problem,
  createdAt: certificate.createdAt.toISOString(),
  resourceUri: `/api/v1/certificates/${certificate.id}`,
});
