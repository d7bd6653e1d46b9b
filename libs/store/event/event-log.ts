import type { EventLog, NewEvent } from '#libs/core/event/event-log.port.js';
import type { DomainEvent } from '#libs/domain/event/event.js';
import type { Sql } from '../connection/sql.js';

interface EventRow {
  cursor: string;
  organization_id: string | null;
  project_id: string | null;
  type: DomainEvent['type'];
  verb: DomainEvent['verb'];
  resource_id: string;
  state: string;
  parents: DomainEvent['parents'];
  at: Date;
}

/**
 * A cursor is `<transaction>-<id>`. Rows are read in the order of their transactions and only once no older
 * transaction is still open, so that a follower never steps over one that commits late.
 */
export class PostgresEventLog implements EventLog {
  private waiting: NewEvent[] = [];

  constructor(
    private readonly sql: Sql,
    private readonly wrote: (organizationIds: string[]) => void,
  ) {}

  /** Written with the commit, in the order they came. */
  append(events: NewEvent[]): Promise<void> {
    if (events.length && !this.waiting.length) this.sql.atEnd(() => this.write());
    this.waiting.push(...events);
    return Promise.resolve();
  }

  private async write(): Promise<void> {
    const events = this.waiting;
    this.waiting = [];
    this.wrote(events.flatMap((event) => event.organizationId ?? []));
    await this.sql.query(
      'event-append',
      `INSERT INTO event (transaction_id, organization_id, project_id, type, verb, resource_id, state, parents)
       SELECT pg_current_xact_id()::text::bigint, e.organization_id, e.project_id, e.type, e.verb, e.resource_id, e.state, e.parents
         FROM json_to_recordset($1::json) AS e (organization_id uuid, project_id uuid, type text, verb text,
                                                resource_id uuid, state text, parents jsonb)`,
      [
        JSON.stringify(
          events.map((event) => ({
            organization_id: event.organizationId,
            project_id: event.projectId,
            type: event.type,
            verb: event.verb,
            resource_id: event.resourceId,
            state: event.state,
            parents: event.parents,
          })),
        ),
      ],
    );
  }

  async after(organizationId: string, projectId: string | null, cursor: string, limit: number): Promise<DomainEvent[]> {
    const [transaction, id] = cursor.split('-');
    const rows = await this.sql.query<EventRow>(
      'event-after',
      `SELECT transaction_id || '-' || id AS cursor, organization_id, project_id, type, verb, resource_id, state, parents, at
         FROM event
        WHERE organization_id = $1 AND ($2::uuid IS NULL OR project_id = $2 OR project_id IS NULL)
          AND (transaction_id, id) > ($3::bigint, $4::bigint)
          AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        ORDER BY transaction_id, id LIMIT $5`,
      [organizationId, projectId, transaction ?? '0', id ?? '0', limit],
    );
    return rows.map((row) => ({
      id: row.cursor,
      organizationId: row.organization_id,
      projectId: row.project_id,
      type: row.type,
      verb: row.verb,
      resourceId: row.resource_id,
      state: row.state,
      parents: row.parents,
      at: row.at,
    }));
  }

  /** Everything of transactions that are over is behind this cursor; what is open now will still be seen. */
  async newest(): Promise<string> {
    const row = await this.sql.first<{ xmin: string }>(
      'event-newest',
      `SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS xmin`,
    );
    return `${row?.xmin ?? '0'}-${Number.MAX_SAFE_INTEGER}`;
  }

  async position(): Promise<string> {
    const row = await this.sql.first<{ xmax: string }>(
      'event-position',
      `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmax`,
    );
    return row?.xmax ?? '0';
  }

  async reached(position: string): Promise<boolean> {
    const row = await this.sql.first<{ reached: boolean }>(
      'event-reached',
      `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::numeric >= $1::numeric AS reached`,
      [position],
    );
    return row?.reached ?? false;
  }

  prune(before: Date): Promise<number> {
    return this.sql.count('event-prune', `DELETE FROM event WHERE at < $1`, [before]);
  }
}
