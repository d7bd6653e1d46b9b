import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import type { CommitNotices } from '#libs/core/unit-of-work/commit-notices.port.js';
import { UnitOfWork, type Transaction } from '#libs/core/unit-of-work/unit-of-work.port.js';
import { asRefusal, mayRunAgain } from './database-failure.js';
import { PostgresTransaction } from './postgres.transaction.js';
import { Sql } from './sql.js';

const attempts = 4;
const yieldMs = 10;

/** A pooled connection that had been cut while idle: nothing of the work ran, so another one may serve it. */
class UnusedConnection extends Error {
  constructor(override readonly cause: unknown) {
    super('The connection was not usable.');
  }
}

/**
 * Two pools of two database roles. A tenant's connection carries its organization in a session setting that
 * row-level security reads; it is set again only when the connection last served another organization.
 */
export class PostgresUnitOfWork extends UnitOfWork {
  private readonly organizationOf = new WeakMap<pg.ClientBase, string>();

  constructor(
    private readonly tenantSource: DataSource,
    private readonly platformSource: DataSource,
    /** Absent in a process that nobody waits for. */
    private readonly notices: CommitNotices | null = null,
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
        const unused = error instanceof UnusedConnection;
        if (attempt === attempts || !(unused || mayRunAgain(error))) throw asRefusal(unused ? error.cause : error);
        // Who waited for what this one gave up has it first: taken again at once, both would lock each other again.
        if (!unused) await delay(yieldMs * attempt * (1 + Math.random()));
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
    const client = (await runner.connect()) as pg.Client;
    const sql = new Sql(client);
    const tx = new PostgresTransaction(sql, runner.manager);
    let result: T;
    try {
      if (organizationId !== null) await this.nameOrganization(client, organizationId);
      if (!transactional) {
        const read = await work(tx);
        await sql.finish();
        return read;
      }
      // Sent with the work's first statement, which fails when this one does.
      const begun = client.query('BEGIN').then(
        () => null,
        (error: unknown) => new UnusedConnection(error),
      );
      // The manager then never opens or commits a transaction inside.
      const known: { isTransactionActive: boolean } = runner;
      known.isTransactionActive = true;
      try {
        result = await work(tx);
        await sql.finish();
        const { command } = await client.query('COMMIT');
        if (command !== 'COMMIT') throw new Error('Nothing was committed: a statement had failed and nobody said so.');
      } catch (error) {
        // A connection whose rollback fails must not serve anybody else: one that is ended leaves the pool.
        await client.query('ROLLBACK').catch(() => void client.end().catch(() => undefined));
        throw (await begun) ?? error;
      } finally {
        known.isTransactionActive = false;
      }
    } finally {
      await runner.release();
    }
    if (tx.wroteOutbox) this.notices?.outboxWritten();
    if (tx.eventsOf.size) this.notices?.eventsWritten([...tx.eventsOf]);
    return result;
  }

  private async nameOrganization(client: pg.ClientBase, organizationId: string): Promise<void> {
    if (this.organizationOf.get(client) === organizationId) return;
    this.organizationOf.delete(client);
    try {
      await client.query({
        name: 'name-organization',
        text: `SELECT set_config('pierhead.organization_id', $1, false)`,
        values: [organizationId],
      });
    } catch (error) {
      throw new UnusedConnection(error);
    }
    this.organizationOf.set(client, organizationId);
  }
}
