import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { DomainError } from '#libs/domain/error.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { PostgresTransaction } from './postgres.transaction.js';
import { Sql } from './sql.js';

const retryable = new Set(['40001', '40P01']);
const gone = new Set([
  '57P01',
  '57P02',
  '57P03',
  '08000',
  '08001',
  '08003',
  '08006',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
]);
const attempts = 4;

/**
 * Two pools of two database roles. A tenant's connection carries its organization in a session setting that
 * row-level security reads; it is set again only when the connection last served another organization.
 */
export class PostgresUnitOfWork extends UnitOfWork {
  private readonly organizationOf = new WeakMap<pg.ClientBase, string>();

  constructor(
    private readonly tenantSource: DataSource,
    private readonly platformSource: DataSource,
    /** Told after a commit that wrote outbox keys. */
    private readonly outboxWritten: () => void,
  ) {
    super();
  }

  tenant<T>(context: Pick<RequestContext, 'organizationId'>, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.run(this.tenantSource, context.organizationId, true, work);
  }

  platform<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.run(this.platformSource, null, true, work);
  }

  tenantRead<T>(context: Pick<RequestContext, 'organizationId'>, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.run(this.tenantSource, context.organizationId, false, work);
  }

  platformRead<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.run(this.platformSource, null, false, work);
  }

  private async run<T>(
    source: DataSource,
    organizationId: string | null,
    transactional: boolean,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(source, organizationId, transactional, work);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (retryable.has(code) && attempt < attempts) continue;
        if (gone.has(code)) {
          throw new DomainError('unavailable', 'The database does not answer at the moment. Try again shortly.', {
            retryAfterSeconds: 1,
          });
        }
        throw error;
      }
    }
  }

  private async once<T>(
    source: DataSource,
    organizationId: string | null,
    transactional: boolean,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    const runner = source.createQueryRunner();
    const client = (await runner.connect()) as pg.ClientBase;
    let broken = false;
    try {
      if (organizationId !== null) await this.nameOrganization(client, organizationId);
      const tx = new PostgresTransaction(new Sql(client), runner.manager);
      if (!transactional) return await work(tx);
      await client.query('BEGIN');
      try {
        const result = await work(tx);
        await client.query('COMMIT');
        if (tx.wroteOutbox) this.outboxWritten();
        return result;
      } catch (error) {
        // A connection whose rollback fails must not serve anybody else.
        await client.query('ROLLBACK').catch(() => (broken = true));
        throw error;
      }
    } finally {
      if (broken) this.organizationOf.delete(client);
      await runner.release();
    }
  }

  private async nameOrganization(client: pg.ClientBase, organizationId: string): Promise<void> {
    if (this.organizationOf.get(client) === organizationId) return;
    this.organizationOf.delete(client);
    await client.query({
      name: 'name-organization',
      text: `SELECT set_config('pierhead.organization_id', $1, false)`,
      values: [organizationId],
    });
    this.organizationOf.set(client, organizationId);
  }
}
