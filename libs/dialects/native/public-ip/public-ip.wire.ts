import { z } from 'zod';
import type { PublicIpDetails, PublicIpPoolDetails } from '#libs/core/public-ip/public-ip.repository.port.js';
import { pageQuery } from '../wire/page.wire.js';

export const publicIpQuery = pageQuery.extend({ bound: z.stringbool().optional() });
/** Null: of whichever pool has one. */
export const newPublicIpBody = z.strictObject({ pool: z.string().max(63).nullable().default(null) });
export const bindingBody = z.strictObject({
  containerId: z.uuid(),
  /** `published`: only the ports that the container publishes answer. */
  ports: z.enum(['all', 'published']).default('all'),
});

export const publicIpAnswer = z.object({
  id: z.uuid(),
  address: z.string(),
  pool: z.string(),
  state: z.enum(['unbound', 'bound']),
  /** What it stays bound to, whatever container fills it. */
  binding: z
    .object({
      serviceId: z.uuid().nullable(),
      ordinal: z.number().nullable(),
      containerId: z.uuid().nullable(),
      ports: z.enum(['all', 'published']),
    })
    .nullable(),
  /** That answers there now. */
  container: z.object({ id: z.uuid(), name: z.string(), resourceUri: z.string() }).nullable(),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toPublicIp = (ip: PublicIpDetails): z.infer<typeof publicIpAnswer> => {
  const isBound = ip.serviceId !== null || ip.containerId !== null;
  const { serviceId, ordinal, containerId, container } = ip;
  return {
    id: ip.id,
    address: ip.address,
    pool: ip.poolName,
    state: isBound ? 'bound' : 'unbound',
    binding: isBound ? { serviceId, ordinal, containerId, ports: ip.allPorts ? 'all' : 'published' } : null,
    container: container && {
      id: container.id,
      name: container.name,
      resourceUri: `/api/v1/containers/${container.id}`,
    },
    createdAt: ip.createdAt.toISOString(),
    resourceUri: `/api/v1/projects/${ip.projectId}/public-ips/${ip.id}`,
  };
};

export const newPoolBody = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/),
  range: z.union([
    z.strictObject({ cidr: z.string().max(32) }),
    z.strictObject({ first: z.string().max(32), last: z.string().max(32) }),
  ]),
  /** Only its nodes can have the addresses; null: any node. */
  nodeClusterId: z.uuid().nullable().default(null),
});

export const publicIpPoolAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  first: z.string(),
  last: z.string(),
  nodeClusterId: z.uuid().nullable(),
  addresses: z.object({ size: z.number(), used: z.number(), resting: z.number(), free: z.number() }),
  createdAt: z.iso.datetime(),
  resourceUri: z.string(),
});

export const toPublicIpPool = (pool: PublicIpPoolDetails): z.infer<typeof publicIpPoolAnswer> => ({
  id: pool.id,
  name: pool.name,
  first: pool.first,
  last: pool.last,
  nodeClusterId: pool.nodeClusterId,
  addresses: {
    size: pool.size,
    used: pool.used,
    resting: pool.resting,
    free: Math.max(0, pool.size - pool.used - pool.resting),
  },
  createdAt: pool.createdAt.toISOString(),
  resourceUri: `/api/v1/public-ip-pools/${pool.id}`,
});
