/** A page of a project's services by keyset: project, the last id of the page before or null, limit. */
export const serviceLinesSql = `
  SELECT s.id, '/api/v1/services/' || s.id AS "resourceUri", s.name, s.stack_id AS "stackId", s.state, s.state_message AS message,
         s.synchronized, s.revision, s.spec -> 'template' ->> 'image' AS image, s.replicas, s.spec -> 'replicas' AS "wantedReplicas",
         (SELECT count(*) FROM container c WHERE c.service_id = s.id AND c.removed_at IS NULL AND c.state = 'running') AS running,
         s.created_at AS "createdAt", s.deployed_at AS "deployedAt"
    FROM service s
   WHERE s.project_id = $1 AND s.destroyed_at IS NULL
     AND ($2::uuid IS NULL OR (s.created_at, s.id) > (SELECT a.created_at, a.id FROM service a WHERE a.id = $2))
   ORDER BY s.created_at, s.id LIMIT $3`;

/** The same page as one JSON array, so that no row is taken apart and put together again on its way to the client. */
export const serviceListSql = `SELECT coalesce(json_agg(line), '[]')::text AS body FROM (${serviceLinesSql}) line`;
