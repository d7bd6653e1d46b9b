import { z } from 'zod';
import { longPageQuery } from '../wire/page.wire.js';

const target = z.union([
  z.object({ container: z.object({ id: z.uuid(), portProtocol: z.string().min(1).max(32) }) }),
  z.object({ useDefaultPage: z.boolean() }),
  z.object({ url: z.string() }),
  z.object({ installationId: z.string() }),
]);
const path = z.object({ path: z.string().min(1).max(1024), target });
export type PathWire = z.output<typeof path>;

export const pathsWire = z.array(path).max(64);

export const newIngressWire = z.object({
  hostname: z.string().trim().min(1).max(255),
  projectId: z.string().min(1),
  paths: pathsWire,
});
export type NewIngressWire = z.output<typeof newIngressWire>;

export const tlsWire = z.union([
  z.strictObject({ certificateId: z.uuid() }),
  z.strictObject({ acme: z.boolean(), isCreated: z.boolean().optional(), requestDeadline: z.string().optional() }),
]);
export type TlsWire = z.output<typeof tlsWire>;

export const ingressListQuery = longPageQuery.extend({
  projectId: z.string().optional(),
  certificateId: z.uuid().optional(),
  hostnameSubstring: z.string().max(253).optional(),
  containerId: z.uuid().optional(),
  appInstallationId: z.string().optional(),
});
export type IngressListQuery = z.output<typeof ingressListQuery>;

const ownership = z.strictObject({ verified: z.boolean(), txtRecord: z.string().optional() });

export const ingressAnswer = z.strictObject({
  id: z.uuid(),
  projectId: z.uuid(),
  hostname: z.string(),
  isDefault: z.literal(false),
  isEnabled: z.literal(true),
  ips: z.strictObject({ v4: z.array(z.ipv4()), v6: z.array(z.ipv6()) }),
  ownership,
  dnsValidationErrors: z.array(z.literal('ERROR_UNSPECIFIED')),
  paths: z.array(
    z.strictObject({
      path: z.string(),
      target: z.union([
        z.strictObject({ container: z.strictObject({ id: z.uuid(), portProtocol: z.string() }) }),
        z.strictObject({ useDefaultPage: z.literal(true) }),
      ]),
    }),
  ),
  tls: z.union([
    z.strictObject({ acme: z.literal(true), isCreated: z.boolean() }),
    z.strictObject({ certificateId: z.uuid() }),
  ]),
});
export type IngressAnswer = z.infer<typeof ingressAnswer>;

export const madeIngressAnswer = z.strictObject({ id: z.uuid(), ownership });
