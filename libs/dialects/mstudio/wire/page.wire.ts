import { z } from 'zod';

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
export type PageQuery = z.output<typeof pageQuery>;

/** One page of rows, with the headers that say which; what is shown stays in the order given. */
export function writePage<T>(reply: WireReply, rows: readonly T[], query: PageQuery): T[] {
  const { limit } = query;
  const skip = query.skip ?? Math.max(0, (query.page ?? 1) - 1) * limit;
  const headers = {
    'x-pagination-limit': limit,
    'x-pagination-skip': skip,
    'x-pagination-page': limit > 0 ? Math.floor(skip / limit) + 1 : 1,
    'x-pagination-totalcount': rows.length,
  };
  for (const [name, value] of Object.entries(headers)) reply.header(name, String(value));
  return rows.slice(skip, skip + limit);
}

/** Case does not matter; an empty term finds everything. */
export const matches = (term: string | undefined, ...fields: string[]): boolean =>
  !term || fields.some((field) => field.toLowerCase().includes(term.toLowerCase()));
