import { z } from 'zod';
import type { NetworkDetails, PoolDetails } from '#libs/core/network/network.queries.js';
import type { MemberDetails, PoolNetwork } from '#libs/core/network/network.repository.port.js';
import { containerStates, healthStates } from '#libs/domain/container/state.js';
import { formatCidr } from '#libs/domain/network/cidr.js';
import { namesOf } from '#libs/domain/network/names.js';
import { pageOf, toPage } from '../wire/page.wire.js';
import type { PageWish } from '#libs/core/tenancy/page.js';

const named = z.object({ id: z.uuid(), name: z.string() });

export const networkAnswer = z.object({
  /** Null until the project's first container is placed. */
  range: z.string().nullable(),
  gateway: z.string().nullable(),
  vni: z.number().nullable(),
  addresses: z.object({ capacity: z.number(), used: z.number(), free: z.number() }),
  nodes: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      overlay: z.boolean(),
      address: z.string().nullable(),
      upToDate: z.boolean(),
      behindSince: z.iso.datetime().nullable(),
      resourceUri: z.string(),
    }),
  ),
});

export const toNetwork = ({ network, addresses, nodes }: NetworkDetails): z.infer<typeof networkAnswer> => ({
  range: network?.range ?? null,
  gateway: network?.gateway ?? null,
  vni: network?.vni ?? null,
  addresses: { ...addresses, free: Math.max(0, addresses.capacity - addresses.used) },
  nodes: nodes.map((node) => ({
    id: node.id,
    name: node.name,
    overlay: node.overlay,
    address: node.address,
    upToDate: node.behindSince === null,
    behindSince: node.behindSince?.toISOString() ?? null,
    resourceUri: `/api/v1/nodes/${node.id}`,
  })),
});

export const memberAnswer = z.object({
  address: z.string(),
  /** What names mean it: those that count inside its own stack only, and those that count everywhere in the project. */
  names: z.object({ local: z.array(z.string()), anywhere: z.array(z.string()) }),
  container: named.extend({ state: z.enum(containerStates), health: z.enum(healthStates) }).nullable(),
  service: named.extend({ ordinal: z.number() }).nullable(),
  stack: named.nullable(),
  node: named.nullable(),
});

export const toMember = (member: MemberDetails): z.infer<typeof memberAnswer> => ({
  address: member.address,
  names: namesOf({
    name: member.container?.name ?? '',
    serviceName: member.service?.name ?? null,
    stackName: member.stack?.name ?? null,
    ordinal: member.service?.ordinal ?? 0,
  }),
  container: member.container,
  service: member.service,
  stack: member.stack,
  node: member.node,
});

const poolNetwork = z.object({
  range: z.string(),
  vni: z.number(),
  project: z.object({ id: z.uuid(), namespace: z.string() }),
  organization: named,
  addresses: z.number(),
  createdAt: z.iso.datetime(),
});

export const poolAnswer = z.object({
  pool: z.string(),
  prefix: z.number(),
  capacity: z.number(),
  free: z.number(),
  networks: pageOf(poolNetwork),
});

const toPoolNetwork = ({ createdAt, ...network }: PoolNetwork): z.infer<typeof poolNetwork> => ({
  ...network,
  createdAt: createdAt.toISOString(),
});

export const toPool = (details: PoolDetails, wish: PageWish): z.infer<typeof poolAnswer> => ({
  pool: formatCidr(details.pool.range),
  prefix: details.pool.prefix,
  capacity: details.capacity,
  free: details.free,
  networks: toPage(details.networks, wish, toPoolNetwork),
});
