/** What edges may know of a container: it runs, and reconcilers have let it into the pool and not out again. */
export const isEndpoint = (container: string): string =>
  `${container}.removed_at IS NULL AND ${container}.state = 'running' AND ${container}.pool IN ('joining', 'in', 'leaving')`;

export const isLeaving = (container: string): string => `${container}.pool = 'leaving'`;

/** Where the edges reach it: on a node without overlay that is what the engine gave. */
export const endpointAddress = (container: string, node: string): string =>
  `CASE WHEN ${node}.overlay AND ${container}.private_address IS NOT NULL THEN host(${container}.private_address)
        ELSE ${container}.address END`;

/**
 * The certificate to be shown for a route of HTTP: the chosen one, else of those of the project that cover its host
 * the one made out to it rather than to a star, and of those the one that ends last. A lateral join; its id is null
 * when there is none.
 */
export const shownCertificate = (route: string): string =>
  `LATERAL (
     SELECT k.id
       FROM (SELECT ARRAY[${route}.host, regexp_replace(${route}.host, '^[^.]+', '*')] AS names OFFSET 0) wanted, certificate k
      WHERE k.project_id = ${route}.project_id AND k.chain_pem IS NOT NULL AND ${route}.host IS NOT NULL
        AND (k.id = ${route}.certificate_id OR (${route}.certificate_id IS NULL
             AND k.names && wanted.names))
      ORDER BY ${route}.host = ANY(k.names) DESC, k.not_after DESC, k.id LIMIT 1)`;
