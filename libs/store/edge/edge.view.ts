import type { EdgeCertificateView, EdgeProjectView, EdgeSnapshot } from '#libs/core/edge/edge-directory.port.js';
import type { Sql } from '../connection/sql.js';
import { endpointAddress, isEndpoint, isLeaving, shownCertificate } from '../route/endpoint.sql.js';

type ProjectRow = Omit<EdgeProjectView, 'certificates'> & {
  certificates: (Omit<EdgeCertificateView, 'keySealed'> & { keySealed: string })[];
};

const targets = `
  SELECT coalesce(json_agg(json_build_object('serviceId', t.service_id, 'port', t.port, 'weight', t.weight, 'endpoints', (
           SELECT coalesce(json_agg(json_build_object('containerId', e.id, 'address', e.address, 'draining', e.leaving)
                    ORDER BY e.id), '[]')
             FROM (SELECT c.id, ${endpointAddress('c', 'n')} AS address, ${isLeaving('c')} AS leaving
                     FROM container c JOIN node n ON n.id = c.node_id
                    WHERE c.service_id = t.service_id AND ${isEndpoint('c')}) e
            WHERE e.address <> '')) ORDER BY t.position), '[]')
    FROM route_target t WHERE t.route_id = r.id`;

const routes = `
  SELECT coalesce(json_agg(json_build_object(
           'routeId', r.id, 'kind', r.kind, 'host', r.host, 'path', r.path, 'port', r.port,
           'tls', CASE r.kind WHEN 'tcp' THEN r.tls ELSE r.shown_id IS NOT NULL END,
           'certificateId', CASE r.kind WHEN 'tcp' THEN r.certificate_id ELSE r.shown_id END,
           'redirectToHttps', r.redirect_to_https, 'hstsMaxAgeSeconds', r.hsts_max_age_s,
           'cookieAffinity', r.cookie_affinity, 'proxyProtocol', r.proxy_protocol, 'healthCheck', r.health_check,
           'drainMs', r.drain_ms, 'targets', (${targets})) ORDER BY r.id), '[]')
    FROM served r WHERE r.project_id = p.id`;

/** Of TCP with TLS the chosen one, or all there are. */
const certificates = `
  SELECT coalesce(json_agg(json_build_object('certificateId', k.id, 'chainPem', k.chain_pem,
           'names', ARRAY(SELECT DISTINCT r.host FROM served r WHERE r.shown_id = k.id ORDER BY r.host),
           'keySealed', encode(k.key_sealed, 'base64')) ORDER BY k.id), '[]')
    FROM certificate k
   WHERE k.project_id = p.id AND k.chain_pem IS NOT NULL AND k.key_sealed IS NOT NULL
     AND EXISTS (SELECT FROM served r WHERE r.project_id = p.id
                    AND (r.shown_id = k.id OR (r.kind = 'tcp' AND r.tls AND coalesce(r.certificate_id, k.id) = k.id)))`;

const challenges = `
  SELECT coalesce(json_agg(json_build_object('host', a.host, 'token', a.token, 'response', a.response) ORDER BY a.token), '[]')
    FROM acme_challenge a JOIN certificate k ON k.id = a.certificate_id WHERE k.project_id = p.id`;

/** One statement, so that the views and their version belong together. */
const text = `
  WITH served AS MATERIALIZED (
    SELECT r.*, shown.id AS shown_id FROM route r LEFT JOIN ${shownCertificate('r')} shown ON true
     WHERE r.project_id = ANY($1::uuid[]) AND r.owned)
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS version,
         (SELECT coalesce(json_agg(json_build_object('projectId', p.id, 'organizationId', p.organization_id,
                   'routes', (${routes}), 'certificates', (${certificates}), 'challenges', (${challenges}))), '[]')
            FROM project p
           WHERE p.id = ANY($1::uuid[])
             AND (EXISTS (SELECT FROM served r WHERE r.project_id = p.id)
                  OR EXISTS (SELECT FROM acme_challenge a JOIN certificate k ON k.id = a.certificate_id WHERE k.project_id = p.id))
         ) AS projects`;

export async function readEdgeSnapshot(sql: Sql, projectIds: string[]): Promise<EdgeSnapshot> {
  const row = await sql.first<{ version: number; projects: ProjectRow[] }>('edge-snapshot', text, [projectIds]);
  const projects = (row?.projects ?? []).map((project) => ({
    ...project,
    certificates: project.certificates.map((certificate) => ({
      ...certificate,
      keySealed: Buffer.from(certificate.keySealed, 'base64'),
    })),
  }));
  return { version: row?.version ?? 0, projects };
}
