import type { ContainerDetails, ContainerFilter } from '#libs/core/container/container.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { Where } from '../connection/where.js';
import { linksSql } from '../service/service.links.js';
import { containerColumns, toContainer, type ContainerRow } from './container.row.js';

interface DetailsRow extends ContainerRow {
  spec: ContainerDetails['spec'];
  service_name: string | null;
  stack_name: string | null;
  node_name: string | null;
  node_address: string | null;
  node_cluster_id: string | null;
  service_links: ContainerDetails['serviceLinks'] | null;
  linked_from: ContainerDetails['linkedFrom'];
  total: number;
}

/** One statement for a page of containers with service, stack, node and links. */
export async function containerDetails(
  sql: Sql,
  projectId: string,
  filter: ContainerFilter,
): Promise<{ rows: ContainerDetails[]; total: number }> {
  const where = new Where()
    .add('c.project_id = ?', projectId)
    .add('c.id = ANY(?::uuid[])', filter.ids)
    .add(`c.id::text LIKE ? || '%'`, filter.idPrefix)
    .add('c.name = ?', filter.name)
    .add('c.service_id = ?', filter.serviceId)
    .add('s.name = ?', filter.serviceName)
    .add('k.name = ?', filter.stackName)
    .add('c.node_id = ?', filter.nodeId)
    .add('c.state = ANY(?)', filter.states)
    .add('c.desired = ANY(?)', filter.desired)
    .always(
      filter.includeRemoved
        ? `(c.removed_at IS NULL OR c.removed_at > now() - interval '1 hour')`
        : 'c.removed_at IS NULL',
    );
  const from = `FROM container c LEFT JOIN service s ON s.id = c.service_id LEFT JOIN stack k ON k.id = c.stack_id ${where.text}`;
  const conditions = where.values.length;
  const limit = where.value(filter.limit);
  const offset = where.value(filter.offset);
  const rows = await sql.shaped<DetailsRow>(
    'container-details',
    `WITH links AS MATERIALIZED (${linksSql})
     SELECT p.*, r.spec, n.name AS node_name, n.address AS node_address, n.node_cluster_id, coalesce(l.linked_from, '[]') AS linked_from
       FROM (SELECT ${containerColumns('c')}, s.name AS service_name, s.spec -> 'links' AS service_links, k.name AS stack_name, count(*) OVER () AS total ${from}
              ORDER BY c.created_at, c.id LIMIT ${limit} OFFSET ${offset}) p
       LEFT JOIN revision r ON r.service_id = p.service_id AND r.number = p.revision
       LEFT JOIN node n ON n.id = p.node_id
       LEFT JOIN links l ON l.to_id = p.service_id::text
      ORDER BY p.created_at, p.id`,
    where.values,
  );
  const total = rows[0]?.total ?? (filter.offset ? await count(sql, from, where.values.slice(0, conditions)) : 0);
  return {
    rows: rows.map((row) => ({
      ...toContainer(row),
      spec: row.spec,
      serviceName: row.service_name,
      stackName: row.stack_name,
      nodeName: row.node_name,
      nodeAddress: row.node_address,
      nodeClusterId: row.node_cluster_id,
      serviceLinks: row.service_links ?? [],
      linkedFrom: row.linked_from,
    })),
    total,
  };
}

async function count(sql: Sql, from: string, values: unknown[]): Promise<number> {
  const [row] = await sql.vary<{ total: number }>(`SELECT count(*) AS total ${from}`, values);
  return row?.total ?? 0;
}
