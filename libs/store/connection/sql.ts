import { createHash } from 'node:crypto';
import pg from 'pg';

// Counters and generations stay far below 2^53, so 64-bit integers are plain numbers everywhere.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export type Row = Record<string, unknown>;

/**
 * One connection's statements. A name makes it a prepared statement: parsed and planned once per connection. Statements
 * that are not awaited one by one go out together and are carried out in the order of the calls.
 */
export class Sql {
  private readonly last: (() => Promise<void>)[] = [];

  constructor(private readonly client: pg.ClientBase) {}

  /** Work that may wait until everything else of the transaction is done, so that it is gathered into one statement. */
  atEnd(work: () => Promise<void>): void {
    this.last.push(work);
  }

  /** Before the commit; what it throws undoes the transaction. What need not wait for another is sent together. */
  async finish(): Promise<void> {
    await Promise.all(this.last.splice(0).map((work) => work()));
  }

  async query<T = Row>(name: string, text: string, values: unknown[] = []): Promise<T[]> {
    const result = await this.client.query({ name, text, values });
    return result.rows as T[];
  }

  async first<T = Row>(name: string, text: string, values: unknown[] = []): Promise<T | null> {
    return (await this.query<T>(name, text, values))[0] ?? null;
  }

  /** For text of a few shapes, by which filters are given: each shape is a prepared statement of its own. */
  shaped<T = Row>(name: string, text: string, values: unknown[] = []): Promise<T[]> {
    return this.query<T>(`${name}-${createHash('md5').update(text).digest('hex').slice(0, 12)}`, text, values);
  }

  /** For text that varies without end: never kept as a prepared statement. */
  async vary<T = Row>(text: string, values: unknown[] = []): Promise<T[]> {
    const result = await this.client.query({ text, values });
    return result.rows as T[];
  }

  async count(name: string, text: string, values: unknown[] = []): Promise<number> {
    return (await this.client.query({ name, text, values })).rowCount ?? 0;
  }
}

/** True for a violation of the named unique constraint or index (of any, without a name). */
export const isUniqueViolation = (error: unknown, constraint?: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '23505' &&
  (!constraint || ('constraint' in error && error.constraint === constraint));
