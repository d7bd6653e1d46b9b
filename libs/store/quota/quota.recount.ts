/**
 * Counts what there is and returns the lines that differ from the counters. A service counts with what it reserved,
 * a standalone container with its own; nodes and projects count for the organization, on the nil project.
 */
export const countedText = `
  WITH line AS (
    SELECT project_id, 'stacks' AS resource, count(*) AS n FROM stack
     WHERE organization_id = $1 AND destroyed_at IS NULL GROUP BY 1
    UNION ALL
    SELECT project_id, 'services', count(*) FROM service
     WHERE organization_id = $1 AND destroyed_at IS NULL GROUP BY 1
    UNION ALL
    SELECT project_id, 'volumes', count(*) FROM volume
     WHERE organization_id = $1 AND owner = 'project' GROUP BY 1
    UNION ALL
    SELECT project_id, 'routes', count(*) FROM route WHERE organization_id = $1 GROUP BY 1
    UNION ALL
    SELECT project_id, 'publicIps', count(*) FROM public_ip WHERE organization_id = $1 GROUP BY 1
    UNION ALL
    SELECT f.project_id, r.resource, sum(r.n) FROM file_share f,
           LATERAL (VALUES ('fileShares', 1::bigint), ('fileShareBytes', f.size_bytes)) AS r (resource, n)
     WHERE f.organization_id = $1 AND NOT f.removed GROUP BY 1, 2
    UNION ALL
    SELECT project_id, 'backups', count(*) FROM backup
     WHERE organization_id = $1 AND state NOT IN ('failed', 'canceled') GROUP BY 1
    UNION ALL
    SELECT s.project_id, r.resource, sum(r.n) FROM service s,
           LATERAL (VALUES ('containers', s.reserved_containers::bigint), ('memoryBytes', s.reserved_memory_bytes),
                           ('milliCpu', s.reserved_milli_cpu)) AS r (resource, n)
     WHERE s.organization_id = $1 AND s.destroyed_at IS NULL GROUP BY 1, 2
    UNION ALL
    SELECT c.project_id, r.resource, sum(r.n) FROM container c,
           LATERAL (VALUES ('containers', 1::bigint), ('memoryBytes', c.memory_bytes), ('milliCpu', c.milli_cpu))
             AS r (resource, n)
     WHERE c.organization_id = $1 AND c.service_id IS NULL AND c.desired <> 'removed' GROUP BY 1, 2
    UNION ALL
    SELECT '00000000-0000-0000-0000-000000000000'::uuid, 'nodes', count(*) FROM node
     WHERE organization_id = $1 AND removed_at IS NULL
    UNION ALL
    SELECT '00000000-0000-0000-0000-000000000000'::uuid, 'projects', count(*) FROM project WHERE organization_id = $1),
  counted AS (SELECT project_id, resource, sum(n)::bigint AS n FROM line GROUP BY 1, 2),
  kept AS (SELECT project_id, resource, used FROM usage WHERE organization_id = $1)
  SELECT coalesce(c.project_id, k.project_id) AS project_id, coalesce(c.resource, k.resource) AS resource,
         coalesce(c.n, 0)::bigint AS counted, coalesce(k.used, 0)::bigint AS was
    FROM counted c FULL JOIN kept k ON k.project_id = c.project_id AND k.resource = c.resource
   WHERE coalesce(c.n, 0) <> coalesce(k.used, 0)
   ORDER BY 1, 2`;
