import { z } from 'zod';

const pem = z.string().min(1).max(200_000);

export const certificateListQuery = z.object({ projectId: z.string().optional(), ingressId: z.uuid().optional() });
export type CertificateListQuery = z.output<typeof certificateListQuery>;

/** Of the three kinds of requests the one that brings a certificate along; the others name a `commonName`. */
export const newCertificateWire = z.object({
  projectId: z.string().min(1),
  certificate: pem.optional(),
  privateKey: pem.optional(),
  commonName: z.string().optional(),
  contact: z.unknown().optional(),
});
export type NewCertificateWire = z.output<typeof newCertificateWire>;

export const replacementWire = z.object({ certificate: pem, privateKey: pem.optional() });
export type ReplacementWire = z.output<typeof replacementWire>;

const shown = {
  id: z.uuid(),
  /** 1: issued here; 2: brought along. */
  certificateType: z.union([z.literal(1), z.literal(2)]),
  commonName: z.string().optional(),
  dnsNames: z.array(z.string()),
  issuer: z.string().optional(),
  validFrom: z.iso.datetime().optional(),
  validTo: z.iso.datetime().optional(),
};

export const certificateAnswer = z.strictObject({
  ...shown,
  projectId: z.uuid(),
  certificateRequestId: z.uuid(),
  certificate: z.string().optional(),
  caBundle: z.string().optional(),
  isExpired: z.boolean(),
});

/** Each certificate and the request for it are one here, with one id. */
export const certificateRequestAnswer = z.strictObject({
  ...shown,
  projectId: z.uuid(),
  createdAt: z.iso.datetime(),
  isCompleted: z.boolean(),
  certificateData: z.strictObject({ certificate: z.string().optional(), caBundle: z.string().optional() }),
});

export const madeCertificateAnswer = z.strictObject({
  id: z.uuid(),
  commonName: z.string().optional(),
  dnsNames: z.array(z.string()),
  issuer: z.string().optional(),
  validFrom: z.iso.datetime().optional(),
  validTo: z.iso.datetime().optional(),
});
