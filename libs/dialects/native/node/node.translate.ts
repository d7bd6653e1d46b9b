import type { z } from 'zod';
import type { NodeFilter } from '#libs/core/node/node.repository.port.js';
import type { NodeClusterFilter } from '#libs/core/node/node-cluster.service.js';
import type { nodeClusterQuery, nodeQuery } from './node.wire.js';

export const toNodeFilter = ({ limit, offset, name, cluster, state }: z.output<typeof nodeQuery>): NodeFilter => ({
  limit,
  offset,
  ...(name === undefined ? {} : { name }),
  ...(cluster === undefined ? {} : { clusterId: cluster }),
  ...(state === undefined ? {} : { states: [state] }),
});

export const toClusterFilter = ({ limit, offset, name }: z.output<typeof nodeClusterQuery>): NodeClusterFilter => ({
  limit,
  offset,
  ...(name === undefined ? {} : { name }),
});
