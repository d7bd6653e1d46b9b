import { z } from 'zod';
import { proofsOf } from '#libs/core/domain/domain.record.js';
import type { DomainRecord } from '#libs/core/domain/domain.repository.port.js';

export const newDomainBody = z.strictObject({ name: z.string().min(1).max(255) });

export const domainAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Verified: the organization’s routes on it and below are served. */
  state: z.enum(['pending', 'verified']),
  verifiedAt: z.iso.datetime().nullable(),
  /** `default-domain`: below the platform’s own, given with the first route and gone with the last. */
  verifiedBy: z.enum(['dns', 'http', 'default-domain']).nullable(),
  /** One of the two is to be there when it is verified; null once nothing needs to be shown any more. */
  proofs: z
    .object({
      dns: z.object({ type: z.literal('TXT'), name: z.string(), value: z.string() }),
      http: z.object({ url: z.string(), body: z.string() }),
    })
    .nullable(),
  checkedAt: z.iso.datetime().nullable(),
  /** What the last look found instead. */
  problem: z.string().nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export function toDomain(domain: DomainRecord): z.infer<typeof domainAnswer> {
  const { dns, http } = proofsOf(domain);
  return {
    id: domain.id,
    name: domain.name,
    state: domain.verifiedAt ? 'verified' : 'pending',
    verifiedAt: domain.verifiedAt?.toISOString() ?? null,
    verifiedBy: domain.verifiedBy,
    proofs: domain.granted
      ? null
      : {
          dns: { type: 'TXT', name: dns.name, value: dns.text },
          http: { url: `http://${domain.name}${http.path}`, body: http.text },
        },
    checkedAt: domain.checkedAt?.toISOString() ?? null,
    problem: domain.problem,
    createdAt: domain.createdAt.toISOString(),
    resourceUri: `/api/v1/domains/${domain.id}`,
  };
}
