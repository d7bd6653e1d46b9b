import { z } from 'zod';
import type { PageWish } from '#libs/core/tenancy/page.js';

/** What is used of a Fastify reply. */
export interface WireReply {
  header(name: string, value: string): unknown;
}

const count = z.coerce.number().int().min(0).max(1_000_000_000);

/** `skip` wins over `page`; pages count from 1. */
export const pageQuery = z.object({
  limit: count.default(1000),
  skip: count.optional(),
  page: count.optional(),
});
/** Of what there is more of than of the rest. */
export const longPageQuery = pageQuery.extend({ limit: count.default(10_000) });
export type PageQuery = z.output<typeof pageQuery>;

const skipped = (query: PageQuery): number => query.skip ?? Math.max(0, (query.page ?? 1) - 1) * query.limit;

/** The page as the core is asked for it. */
export const pageWish = (query: PageQuery): PageWish => ({ limit: query.limit, offset: skipped(query) });

/** One page of rows, with the headers that say which; what is shown stays in the order given. */
export function writePage<T>(reply: WireReply, rows: readonly T[], query: PageQuery): T[] {
  const skip = skipped(query);
  return writeCounted(reply, rows.slice(skip, skip + query.limit), rows.length, query);
}

/** Rows that are one page already, of so many. */
export function writeCounted<T>(reply: WireReply, rows: T[], total: number, query: PageQuery): T[] {
  const { limit } = query;
  const skip = skipped(query);
  const headers = {
    'x-pagination-limit': limit,
    'x-pagination-skip': skip,
    'x-pagination-page': limit > 0 ? Math.floor(skip / limit) + 1 : 1,
    'x-pagination-totalcount': total,
  };
  for (const [name, value] of Object.entries(headers)) reply.header(name, String(value));
  return rows;
}

/** Case does not matter; an empty term finds everything. */
export const matches = (term: string | undefined, ...fields: string[]): boolean =>
  !term || fields.some((field) => field.toLowerCase().includes(term.toLowerCase()));
