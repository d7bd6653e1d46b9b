import type {
  DiscoveryRepository,
  LinkedContainerRecord,
  LinkedServiceRecord,
  Surroundings,
} from '#libs/core/discovery/discovery.repository.port.js';
import type { Sql } from '../connection/sql.js';

type LinkedRow = Omit<LinkedServiceRecord, 'containers'> & {
  containers: (Omit<LinkedContainerRecord, 'createdAt'> & { createdAt: string })[];
};

interface Row {
  namespace: string;
  stack_name: string | null;
  linked: LinkedRow[];
}

const containersOf = (service: string) => `
  SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'ordinal', c.ordinal, 'revision', c.revision, 'nodeId', c.node_id,
                                    'state', c.state, 'createdAt', c.created_at, 'address',
                                    CASE WHEN n.overlay THEN coalesce(host(c.private_address), c.address) ELSE c.address END) ORDER BY c.ordinal, c.created_at)
    FROM container c LEFT JOIN node n ON n.id = c.node_id
   WHERE c.service_id = ${service}.id AND c.removed_at IS NULL AND c.desired = 'running'
     AND c.state NOT IN ('exited', 'failed', 'removed', 'lost')`;

/** Services that others link to, as they run. */
const linkedSql = (ids: string, project: string) => `
           SELECT json_agg(json_build_object('id', t.id, 'name', t.name, 'stackName', tk.name, 'spec', coalesce(r.spec, t.spec),
                    'revision', t.revision, 'replicas', t.replicas,
                    'deploying', EXISTS (SELECT 1 FROM deployment d WHERE d.service_id = t.id AND d.ended_at IS NULL
                                            AND d.state = 'in-progress' AND d.kind IN ('create', 'start', 'redeploy')),
                    'containers', coalesce((${containersOf('t')}), '[]')))
             FROM service t LEFT JOIN stack tk ON tk.id = t.stack_id
             LEFT JOIN revision r ON r.service_id = t.id AND r.number = t.revision
            WHERE t.id = ANY(${ids}::uuid[]) AND t.project_id = ${project} AND t.destroyed_at IS NULL`;

const surroundingsSql = `
  SELECT p.namespace, k.name AS stack_name, coalesce((${linkedSql('$2', 's.project_id')}), '[]') AS linked
    FROM service s JOIN project p ON p.id = s.project_id LEFT JOIN stack k ON k.id = s.stack_id
   WHERE s.id = $1`;

export class PostgresDiscoveryRepository implements DiscoveryRepository {
  constructor(private readonly sql: Sql) {}

  async surroundings(serviceId: string, linkedIds: readonly string[]): Promise<Surroundings> {
    const row = await this.sql.first<Row>('discovery-surroundings', surroundingsSql, [serviceId, linkedIds]);
    if (!row) return { namespace: '', stackName: null, linked: [] };
    return { namespace: row.namespace, stackName: row.stack_name, linked: row.linked.map(toLinked) };
  }

  async linked(projectId: string, serviceIds: readonly string[]): Promise<LinkedServiceRecord[]> {
    const row = await this.sql.first<Pick<Row, 'linked'>>(
      'discovery-linked',
      `SELECT coalesce((${linkedSql('$2', '$1')}), '[]') AS linked`,
      [projectId, serviceIds],
    );
    return row?.linked.map(toLinked) ?? [];
  }
}

const toLinked = (row: LinkedRow): LinkedServiceRecord => ({
  ...row,
  containers: row.containers.map((container) => ({ ...container, createdAt: new Date(container.createdAt) })),
});
