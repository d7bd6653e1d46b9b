import { z } from 'zod';
import type { QuotaLine } from '#libs/core/quota/quota.repository.port.js';
import { quotaResources, type QuotaLimits } from '#libs/domain/quota/quota.js';

/** Whole numbers; null takes a limit away; what is left out stays as it is. */
export const limitsBody = z.strictObject({
  limits: z.partialRecord(z.enum(quotaResources), z.number().int().min(0).nullable()),
});

export const toLimits = (body: z.output<typeof limitsBody>): QuotaLimits => body.limits;

export const quotaAnswer = z.object({
  quotas: z.array(z.object({ resource: z.enum(quotaResources), used: z.number(), limit: z.number().nullable() })),
});

export const toQuotas = (lines: QuotaLine[]): z.infer<typeof quotaAnswer> => ({
  quotas: lines.map(({ resource, used, limit }) => ({ resource, used, limit })),
});
