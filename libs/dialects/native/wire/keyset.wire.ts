import { z } from 'zod';

/** Pages that do not shift while something is added. */
export const keysetQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** The last id of the page before. */
  after: z.uuid().nullable().default(null),
});

export const keysetOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    /** To be given as `after` for the next page; null at the end. */
    next: z.uuid().nullable(),
  });

/** Rows that were asked for with one more than the page has. */
export function toKeyset<T extends { id: string }, W>(rows: T[], limit: number, translate: (row: T) => W) {
  const page = rows.slice(0, limit);
  return { items: page.map(translate), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

export const oneMore = <Q extends { limit: number }>(query: Q): Q => ({ ...query, limit: query.limit + 1 });
