import { z } from 'zod';
import type { Page, PageWish } from '#libs/core/tenancy/page.js';

export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).default(0),
});

/** Lists of a caller that may be in several organizations: which one. */
export const tenantPageQuery = pageQuery.extend({ organization: z.string().optional() });

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), total: z.number(), limit: z.number(), offset: z.number() });

export const toPage = <T, W>(page: Page<T>, { limit, offset }: PageWish, translate: (row: T) => W) => ({
  items: page.rows.map(translate),
  total: page.total,
  limit,
  offset,
});
