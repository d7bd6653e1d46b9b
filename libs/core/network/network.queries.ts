import { formatAddress, parseCidr } from '#libs/domain/network/cidr.js';
import {
  containerCapacity,
  gatewayOffset,
  poolCapacity,
  poolFree,
  type NetworkPool,
} from '#libs/domain/network/network-pool.js';
import { authorize } from '../authorization/authorize.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { MemberDetails, NetworkNodeDetails, NetworkRecord, PoolNetwork } from './network.repository.port.js';

/** A project's network as its people see it. */
export interface NetworkDetails {
  network: (NetworkRecord & { gateway: string }) | null;
  /** Addresses for containers; all 0 while there is no network. */
  addresses: { capacity: number; used: number };
  nodes: NetworkNodeDetails[];
}

export interface PoolDetails {
  pool: NetworkPool;
  capacity: number;
  free: number;
  networks: Page<PoolNetwork>;
}

export class NetworkQueries {
  constructor(
    private readonly work: UnitOfWork,
    private readonly pool: NetworkPool,
  ) {}

  /** The project's range, and how far the nodes are that take part in it. */
  ofProject(context: RequestContext): Promise<NetworkDetails> {
    authorize(context, 'network', 'read');
    return this.work.tenantRead(context, async (tx) => {
      const network = await tx.networks.get(context.projectId);
      if (!network) return { network, addresses: { capacity: 0, used: 0 }, nodes: [] };
      const range = parseCidr(network.range);
      const { used, nodes } = await tx.networks.usage(context.projectId);
      return {
        network: { ...network, gateway: formatAddress(range.base + gatewayOffset) },
        addresses: { capacity: containerCapacity(range), used },
        nodes,
      };
    });
  }

  /** Addresses in use, in their order, with who has them. */
  members(context: RequestContext, page: PageWish): Promise<Page<MemberDetails>> {
    authorize(context, 'network', 'read');
    return this.work.tenantRead(context, (tx) => tx.networks.members(context.projectId, page.limit, page.offset));
  }

  /** What projects' networks are cut from; the operator's. */
  ofPool(context: RequestContext, page: PageWish): Promise<PoolDetails> {
    authorize(context, 'network-pool', 'read');
    return this.work.platformRead(async (tx) => {
      const ranges = (await tx.networks.ranges()).map((range) => parseCidr(range));
      return {
        pool: this.pool,
        capacity: poolCapacity(this.pool),
        free: poolFree(this.pool, ranges),
        networks: await tx.networks.list(page.limit, page.offset),
      };
    });
  }
}
