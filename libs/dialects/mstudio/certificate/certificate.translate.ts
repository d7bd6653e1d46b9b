import type { z } from 'zod';
import type { CertificateRecord } from '#libs/core/certificate/certificate.repository.port.js';
import type { CertificatePair } from '#libs/core/certificate/certificate.service.js';
import { DomainError, invalid } from '#libs/domain/error.js';
import type {
  certificateAnswer,
  certificateRequestAnswer,
  madeCertificateAnswer,
  NewCertificateWire,
  ReplacementWire,
} from './certificate.wire.js';

function read({ names, issuer, notBefore, notAfter }: CertificateRecord) {
  return {
    ...(names[0] === undefined ? {} : { commonName: names[0] }),
    dnsNames: names,
    ...(issuer === null ? {} : { issuer }),
    ...(notBefore === null ? {} : { validFrom: notBefore.toISOString() }),
    ...(notAfter === null ? {} : { validTo: notAfter.toISOString() }),
  };
}

const end = '-----END CERTIFICATE-----';

/** The server's own certificate, and what stands above it. */
function parts({ chainPem }: CertificateRecord): { certificate?: string; caBundle?: string } {
  if (chainPem === null) return {};
  const at = chainPem.indexOf(end) + end.length;
  const [certificate, caBundle] = [chainPem.slice(0, at).trim(), chainPem.slice(at).trim()];
  return { certificate, ...(caBundle === '' ? {} : { caBundle }) };
}

const typeOf = ({ source }: CertificateRecord) => (source === 'acme' ? (1 as const) : (2 as const));

export const toCertificate = (certificate: CertificateRecord, now: Date): z.infer<typeof certificateAnswer> => ({
  id: certificate.id,
  projectId: certificate.projectId,
  certificateRequestId: certificate.id,
  certificateType: typeOf(certificate),
  ...read(certificate),
  ...parts(certificate),
  isExpired: certificate.notAfter !== null && certificate.notAfter <= now,
});

export const toRequest = (certificate: CertificateRecord): z.infer<typeof certificateRequestAnswer> => ({
  id: certificate.id,
  projectId: certificate.projectId,
  certificateType: typeOf(certificate),
  ...read(certificate),
  createdAt: certificate.createdAt.toISOString(),
  isCompleted: certificate.chainPem !== null,
  certificateData: parts(certificate),
});

export const toMade = (certificate: CertificateRecord): z.infer<typeof madeCertificateAnswer> => ({
  id: certificate.id,
  ...read(certificate),
});

export function readNew({ certificate, privateKey, commonName }: NewCertificateWire): CertificatePair {
  if (commonName !== undefined) {
    throw new DomainError(
      'unsupported',
      'commonName: keys are not made and names not proven by DNS here; request one for an ingress, or bring your own.',
      { field: 'commonName' },
    );
  }
  if (certificate === undefined) throw invalid('certificate', 'certificate: give the chain as PEM.');
  return { chain: certificate, key: keyOf(privateKey) };
}

export const readReplacement = ({ certificate, privateKey }: ReplacementWire): CertificatePair => ({
  chain: certificate,
  key: keyOf(privateKey),
});

function keyOf(privateKey: string | undefined): string {
  if (privateKey !== undefined) return privateKey;
  throw invalid('privateKey', 'privateKey: give the key as PEM; the one that is there is never read again.');
}
