/**
 * What a node is placed by, with `n` the node and `cl` its cluster: its own tags, those of its cluster, and the
 * automatic ones: the cluster's name, where its hosts come from (`pool` of the operator's, else `byon`) and their
 * region, as `automaticTags` of the domain has them.
 */
export const givenTags = `n.tags || coalesce(cl.tags, '{}')`;
export const automaticTags = `array_remove(ARRAY[cl.name], NULL)
  || CASE WHEN n.claimable THEN ARRAY['pool', 'byon=false', coalesce(n.labels ->> 'region', 'default')]
          ELSE ARRAY['byon', 'byon=true'] END`;
