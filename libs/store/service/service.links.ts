/**
 * Who links to whom in a project, once per statement: asking for every service of a page on its own would look through
 * all definitions of the project each time. $1 is the project.
 */
export const linksSql = `
  SELECT link ->> 'serviceId' AS to_id,
         json_agg(json_build_object('serviceId', f.id, 'serviceName', f.name, 'alias', link ->> 'alias')) AS linked_from
    FROM service f CROSS JOIN LATERAL jsonb_array_elements(f.spec -> 'links') link
   WHERE f.project_id = $1 AND f.destroyed_at IS NULL
   GROUP BY link ->> 'serviceId'`;
