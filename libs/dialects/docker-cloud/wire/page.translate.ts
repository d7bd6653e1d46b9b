import { invalid } from '#libs/domain/error.js';

export const defaultLimit = 25;
export const maxLimit = 100;

/** A query string, parsed; a repeated parameter is an array. */
export type Query = Record<string, unknown>;

export interface Page {
  limit: number;
  offset: number;
}

export interface PageOfObjects<T> {
  meta: { limit: number; next: string | null; offset: number; previous: string | null; total_count: number };
  objects: T[];
}

const count = (query: Query, field: string, fallback: number): number => {
  const text = query[field];
  if (text === undefined || text === '') return fallback;
  const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) throw invalid(field, `${field}: give a whole number that is not negative.`);
  return value;
};

/** `limit=0` asks for as many as are given at once, and so does more than that. */
export function readPage(query: Query): Page {
  const limit = count(query, 'limit', defaultLimit);
  return { limit: limit === 0 ? maxLimit : Math.min(limit, maxLimit), offset: count(query, 'offset', 0) };
}

/** The envelope of a list. `path` is the list's own address; the other parameters go along to the next page. */
export function writePage<T>(objects: T[], total: number, page: Page, path: string, query: Query): PageOfObjects<T> {
  const at = (offset: number): string => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (name === 'limit' || name === 'offset') continue;
      for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, String(each));
    }
    parameters.append('limit', String(page.limit));
    parameters.append('offset', String(offset));
    return `${path}?${parameters.toString()}`;
  };
  const { limit, offset } = page;
  return {
    meta: {
      limit,
      next: offset + limit < total ? at(offset + limit) : null,
      offset,
      previous: offset > 0 ? at(Math.max(0, offset - limit)) : null,
      total_count: total,
    },
    objects,
  };
}
