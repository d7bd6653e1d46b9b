import type { ServiceDetails, ServiceFilter } from '#libs/core/service/service.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';
import { linksSql } from './service.links.js';
import { serviceColumns, toService, type ServiceRow } from './service.row.js';

interface DetailsRow extends ServiceRow {
  stack_name: string | null;
  containers: (Omit<ServiceDetails['containers'][number], 'createdAt'> & { createdAt: string })[];
  linked_from: ServiceDetails['linkedFrom'];
  total: number;
}

const qualified = serviceColumns
  .split(',')
  .map((column) => `s.${column.trim()}`)
  .join(', ');

/** One statement for a page of services with their containers and the services that link to them. */
export async function serviceDetails(
  sql: Sql,
  projectId: string,
  filter: ServiceFilter,
): Promise<{ rows: ServiceDetails[]; total: number }> {
  const where = new Where()
    .add('s.project_id = ?', projectId)
    .add('s.id = ANY(?::uuid[])', filter.ids)
    .add(`s.id::text LIKE ? || '%'`, filter.idPrefix)
    .add('s.name = ?', filter.name)
    .add('s.stack_id = ?', filter.stackId)
    .add('k.name = ?', filter.stackName)
    .add('s.state = ANY(?)', filter.states)
    .always(
      filter.includeTerminated
        ? `(s.destroyed_at IS NULL OR s.destroyed_at > now() - interval '1 hour')`
        : 's.destroyed_at IS NULL',
    );
  const from = `FROM service s LEFT JOIN stack k ON k.id = s.stack_id ${where.text}`;
  const conditions = where.values.length;
  const limit = where.value(filter.limit);
  const offset = where.value(filter.offset);
  const rows = await sql.shaped<DetailsRow>(
    'service-details',
    `WITH links AS MATERIALIZED (${linksSql})
     SELECT p.*, coalesce(c.containers, '[]') AS containers, coalesce(l.linked_from, '[]') AS linked_from
       FROM (SELECT ${qualified}, k.name AS stack_name, count(*) OVER () AS total ${from}
              ORDER BY s.created_at, s.id LIMIT ${limit} OFFSET ${offset}) p
       LEFT JOIN LATERAL (
         SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'state', c.state, 'nodeId', c.node_id, 'ports', c.ports, 'ordinal', c.ordinal,
                                           'revision', c.revision, 'address', c.address, 'createdAt', c.created_at)
                         ORDER BY c.ordinal, c.created_at) AS containers
           FROM container c WHERE c.service_id = p.id AND c.removed_at IS NULL) c ON true
       LEFT JOIN links l ON l.to_id = p.id::text
      ORDER BY p.created_at, p.id`,
    where.values,
  );
  const total = rows[0]?.total ?? (filter.offset ? await count(sql, from, where.values.slice(0, conditions)) : 0);
  return {
    rows: rows.map((row) => ({
      ...toService(row),
      stackName: row.stack_name,
      containers: row.containers.map((one) => ({ ...one, createdAt: new Date(one.createdAt) })),
      linkedFrom: row.linked_from,
    })),
    total,
  };
}

async function count(sql: Sql, from: string, values: unknown[]): Promise<number> {
  const [row] = await sql.vary<{ total: number }>(`SELECT count(*) AS total ${from}`, values);
  return row?.total ?? 0;
}
