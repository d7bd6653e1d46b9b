import type { Assignment } from '#libs/core/agent/agent-directory.port.js';
import type { ContainerTemplate } from '#libs/domain/container/template.js';
import type { NamingScheme } from '#libs/domain/discovery/naming-scheme.js';
import { restartPolicy, type RestartPolicy } from '#libs/domain/service/spec.js';
import type { KeyHolder } from './service-keys.js';
import { mountedVolumes, toMountedVolume, type MountedVolumeRow } from '../volume/mounted-volume.row.js';

export interface AssignmentRow {
  id: string;
  generation: number;
  desired: Assignment['desired'];
  name: string;
  organization_id: string;
  project_id: string;
  service_id: string | null;
  service_name: string | null;
  ordinal: number;
  template: ContainerTemplate | null;
  restart: RestartPolicy | null;
  environment: { name: string; value: string }[];
  restart_nonce: number;
  private_address: string | null;
  api_key_id: string | null;
  naming: NamingScheme | null;
  volumes: MountedVolumeRow[] | null;
  volume_set: string | null;
  volumes_from: string[] | null;
  node_id: string;
}

/** A row of a batch: of the node alone when nothing is assigned. */
export type BatchRow = { node_generation: number } & (AssignmentRow | { id: null });

/** A container that leaves the pool runs on: its agent hears what it leaves for when it has left. */
const assignmentSelect = `
  SELECT c.id, c.generation, CASE WHEN c.pool = 'leaving' THEN 'running' ELSE c.desired END AS desired, c.name,
         c.organization_id, c.project_id, c.service_id, s.name AS service_name, c.ordinal,
         CASE WHEN c.desired <> 'removed' OR c.pool = 'leaving' THEN coalesce(c.template, r.spec -> 'template') END AS template,
         coalesce(c.restart, r.spec -> 'restart') AS restart, c.environment, c.restart_nonce, c.assigned_generation,
         c.private_address, c.api_key_id, r.spec ->> 'naming' AS naming,
         c.node_id, ${mountedVolumes} AS volumes, coalesce(c.volume_set, c.id) AS volume_set, r.spec -> 'volumesFrom' AS volumes_from
    FROM container c
    LEFT JOIN service s ON s.id = c.service_id
    LEFT JOIN revision r ON r.service_id = c.service_id AND r.number = c.revision`;

/**
 * The batch and its number in one statement, and no row is held: a node's assignments are numbered under its row's
 * lock until their transaction is over, so whoever sees a number sees what all lesser ones stand for.
 */
const batchSql = (which: string, when: string): string => `
  SELECT n.assignment_generation AS node_generation, a.*
    FROM node n LEFT JOIN LATERAL (${assignmentSelect} WHERE c.node_id = n.id AND c.removed_at IS NULL ${which}) a ON true
   WHERE n.id = $1 ${when}
   ORDER BY a.assigned_generation, a.id`;

/** $1 is the node. */
export const allAssignmentsSql = batchSql('', '');
/** $2 is the number that the node has; no row when there is no newer one. */
export const assignmentsSinceSql = batchSql('AND c.assigned_generation > $2', 'AND n.assignment_generation > $2');

export const toAssignment = (row: AssignmentRow): Assignment => ({
  containerId: row.id,
  generation: row.generation,
  desired: row.desired,
  name: engineName(row.name, row.id),
  organizationId: row.organization_id,
  projectId: row.project_id,
  serviceId: row.service_id,
  serviceName: row.service_name,
  ordinal: row.ordinal,
  template: row.template,
  restart: row.restart ?? restartPolicy.parse({}),
  platformEnvironment: row.environment,
  // Added by PullCredentials.
  credentials: null,
  restartNonce: row.restart_nonce,
  privateAddress: row.private_address,
  volumes: (row.volumes ?? []).map((volume) => toMountedVolume(volume, row.node_id)),
  volumeSet: row.template?.imageVolumes === 'instance' && row.service_id ? row.volume_set : null,
  volumesFrom: row.volumes_from ?? [],
});

/** Nothing for a container without a key, or that is on its way out. */
export const toKeyHolder = ({ id, api_key_id: apiKeyId, naming, desired }: AssignmentRow): KeyHolder[] =>
  apiKeyId === null || desired === 'removed' ? [] : [{ containerId: id, apiKeyId, naming: naming ?? 'plain' }];

/** Unique on the node and still readable there. */
const engineName = (name: string, id: string): string => `${name}-${id.slice(0, 8)}`;
