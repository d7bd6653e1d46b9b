import type { NetworkMember, NetworkNode, NetworkView } from '#libs/core/network/network-directory.port.js';
import { boundContainer } from '../public-ip/public-ip.repository.js';
import type { Sql } from '../connection/sql.js';

export interface NetworkViewRow extends Omit<NetworkView, 'nodes' | 'members'> {
  nodes: (Omit<NetworkNode, 'address'> & { address: string | null })[];
  members: NetworkMember[];
}

/**
 * Nodes that take part in networks of the projects $1: they have a container that can still be there, or one that
 * nobody replaced yet, or they are edges and the project has routes.
 */
const present = `
  SELECT c.project_id, c.node_id FROM container c
   WHERE c.project_id = ANY($1::uuid[]) AND c.removed_at IS NULL AND c.node_id IS NOT NULL AND c.private_address IS NOT NULL
     AND (c.state <> 'lost' OR EXISTS (SELECT FROM network_lease l WHERE l.container_id = c.id))
  UNION
  SELECT r.project_id, n.id FROM route r JOIN node n ON n.organization_id IS NULL OR n.organization_id = r.organization_id
   WHERE r.project_id = ANY($1::uuid[]) AND 'edge' = ANY(n.roles)`;

/** One statement, so that who has which address and what runs where belong together. */
const views = `
  WITH taking AS MATERIALIZED (
    SELECT p.project_id, n.id AS node_id, coalesce(n.underlay_address, n.address, '') AS underlay, host(l.address) AS address
      FROM (${present}) p JOIN node n ON n.id = p.node_id AND n.overlay AND n.removed_at IS NULL
      LEFT JOIN network_lease l ON l.project_id = p.project_id AND l.node_id = n.id),
  member AS MATERIALIZED (
    SELECT l.project_id, host(l.address) AS address, c.id, c.node_id, c.name, c.ordinal, c.service_id, c.stack_id,
           c.state = 'running' AND c.health <> 'unhealthy' AND c.desired = 'running' AS answers
      FROM network_lease l JOIN container c ON c.id = l.container_id AND c.removed_at IS NULL
      JOIN taking t ON t.project_id = l.project_id AND t.node_id = c.node_id
     WHERE l.project_id = ANY($1::uuid[]))
  SELECT n.project_id AS "projectId", n.organization_id AS "organizationId", n.range, n.vni,
         host(set_masklen(n.range::inet + 1, 32)) AS gateway,
         coalesce((SELECT json_agg(json_build_object('nodeId', t.node_id, 'underlayAddress', t.underlay, 'address', t.address)
                                   ORDER BY t.node_id) FROM taking t WHERE t.project_id = n.project_id), '[]') AS nodes,
         coalesce((SELECT json_agg(json_build_object('containerId', m.id, 'nodeId', m.node_id, 'address', m.address,
                            'answers', m.answers, 'name', m.name, 'serviceId', m.service_id, 'serviceName', s.name,
                            'stackName', k.name, 'ordinal', m.ordinal, 'links', coalesce(s.spec -> 'links', '[]')) ORDER BY m.id)
                     FROM member m LEFT JOIN service s ON s.id = m.service_id LEFT JOIN stack k ON k.id = m.stack_id
                    WHERE m.project_id = n.project_id), '[]') AS members,
         coalesce((SELECT json_agg(json_build_object('nodeId', c.node_id, 'address', host(p.address), 'containerId', c.id,
                            'privateAddress', host(c.private_address), 'allPorts', p.all_ports, 'ports', (
                              SELECT coalesce(json_agg(json_build_object('port', (e ->> 'containerPort')::integer, 'protocol', e ->> 'protocol')), '[]')
                                FROM jsonb_array_elements(coalesce(c.template, r.spec -> 'template') -> 'ports') AS e
                               WHERE (e -> 'published')::boolean)) ORDER BY p.address)
                     FROM public_ip p JOIN LATERAL (${boundContainer}) c ON c.private_address IS NOT NULL
                     JOIN taking t ON t.project_id = p.project_id AND t.node_id = c.node_id
                     JOIN public_ip_pool o ON o.id = p.pool_id
                     JOIN node h ON h.id = c.node_id AND (o.node_cluster_id IS NULL OR h.node_cluster_id = o.node_cluster_id)
                     LEFT JOIN revision r ON r.service_id = c.service_id AND r.number = c.revision
                    WHERE p.project_id = n.project_id), '[]') AS "publicAddresses",
         coalesce((SELECT json_agg(json_build_object('serviceId', s.id, 'serviceName', s.name, 'stackName', k.name) ORDER BY s.id)
                     FROM service s LEFT JOIN stack k ON k.id = s.stack_id
                    WHERE s.project_id = n.project_id AND s.destroyed_at IS NULL
                      AND NOT EXISTS (SELECT FROM member m WHERE m.service_id = s.id)), '[]') AS "idleServices"
    FROM network n WHERE n.project_id = ANY($1::uuid[])`;

export const readViews = (sql: Sql, projectIds: string[]): Promise<NetworkViewRow[]> =>
  sql.query<NetworkViewRow & Record<string, unknown>>('network-views', views, [projectIds]);

/** From the range's end downwards; whoever else gives the same node one at this moment may be first. */
export async function giveNodesAddresses(sql: Sql, wanted: { projectId: string; nodeId: string }[]): Promise<void> {
  await sql.query(
    'network-node-lease',
    `INSERT INTO network_lease (project_id, organization_id, address, node_id)
     SELECT w.project_id, n.organization_id, a.address, w.node_id
       FROM (SELECT r.*, row_number() OVER (PARTITION BY r.project_id ORDER BY r.node_id) AS turn
               FROM jsonb_to_recordset($1::jsonb) AS r (project_id uuid, node_id uuid)) w
       JOIN network n ON n.project_id = w.project_id
       JOIN LATERAL (
         SELECT f.address
           FROM (SELECT set_masklen(n.range::inet + generate_series((2 ^ (32 - masklen(n.range)))::bigint - 2, 2, -1), 32) AS address) f
          WHERE NOT EXISTS (SELECT FROM network_lease l WHERE l.project_id = n.project_id AND l.address = f.address)
          OFFSET w.turn - 1 LIMIT 1) a ON true
     ON CONFLICT DO NOTHING`,
    [JSON.stringify(wanted.map((one) => ({ project_id: one.projectId, node_id: one.nodeId })))],
  );
}

export const projectsOfNodes = (sql: Sql, nodeIds: string[]): Promise<{ id: string }[]> =>
  sql.query<{ id: string }>(
    'network-projects-of',
    `SELECT n.project_id AS id FROM network n
      WHERE EXISTS (SELECT FROM container c WHERE c.project_id = n.project_id AND c.node_id = ANY($1::uuid[]) AND c.removed_at IS NULL)
         OR (EXISTS (SELECT FROM route r WHERE r.project_id = n.project_id)
             AND EXISTS (SELECT FROM node o WHERE o.id = ANY($1::uuid[]) AND 'edge' = ANY(o.roles)))`,
    [nodeIds],
  );
