import { DomainError, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { ContainerRecord } from '../container/container.repository.port.js';
import { networkEvent } from '../network/network.event.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { PublicIpDetails, PublicIpRecord, PublicIpTarget } from './public-ip.repository.port.js';
import { PublicIpSettings } from './public-ip.settings.js';

/** A project's public addresses: asked for, bound to a container, rebound, unbound, given back. */
export class PublicIpService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly settings: PublicIpSettings,
  ) {}

  list(
    context: RequestContext,
    filter: { bound?: boolean | undefined; limit: number; offset: number },
  ): Promise<Page<PublicIpDetails>> {
    authorize(context, 'public-ip', 'read');
    return this.work.tenantRead(context, (tx) => tx.publicIps.list(context.projectId, filter));
  }

  async get(context: RequestContext, id: string): Promise<PublicIpDetails> {
    authorize(context, 'public-ip', 'read');
    const found = isId(id)
      ? await this.work.tenantRead(context, (tx) => tx.publicIps.get(context.projectId, id))
      : null;
    if (!found) throw notFound('public IP');
    return found;
  }

  /** An address of the named pool, or of any. Errors: `not-found` (pool), `quota`, `unavailable` when none is free. */
  async request(context: RequestContext, poolName: string | null): Promise<PublicIpDetails> {
    authorize(context, 'public-ip', 'create');
    const { organizationId, projectId } = context;
    const now = this.clock.now();
    const restedBefore = new Date(now.getTime() - this.settings.restMs);
    const ip = { id: newId(), organizationId, projectId, ...unbound, createdAt: now };
    // Who else holds which address is the platform's to know.
    await this.work.platform(async (tx) => {
      const pools = poolName === null ? null : await tx.publicIpPools.list(10_000, 0, restedBefore);
      const pool = pools?.rows.find(({ name }) => name === poolName);
      if (pools && !pool) throw notFound(`public IP pool "${poolName}"`);
      await tx.quotas.take(organizationId, projectId, { publicIps: 1 });
      const taken = await tx.publicIpPools.take(ip, pool?.id ?? null, restedBefore);
      if (!taken) {
        const where = pool ? `The pool "${pool.name}" has` : 'The platform’s pools have';
        throw new DomainError('unavailable', `${where} no free public address now; give one back or try later.`);
      }
      await note(tx, context, 'create', { ...ip, ...taken }, now);
    });
    return this.get(context, ip.id);
  }

  /**
   * The address answers for the container from now on; of a service, for whatever container fills its slot. False when
   * it was bound so already. Errors: `not-found`, `state` for a container that has no private address.
   */
  async bind(
    context: RequestContext,
    id: string,
    wish: { containerId: string; ports: 'all' | 'published' },
  ): Promise<{ ip: PublicIpDetails; changed: boolean }> {
    authorize(context, 'public-ip', 'update');
    const changed = await this.work.tenant(context, async (tx) => {
      const ip = await lock(tx, context, id);
      const container = isId(wish.containerId) ? await tx.containers.get(context.projectId, wish.containerId) : null;
      if (!container || container.removedAt !== null || container.desired === 'removed') throw notFound('container');
      const target = targetOf(container, wish.ports === 'all');
      if (isSame(ip, target)) return false;
      await tx.publicIps.bind(ip.id, target);
      await note(tx, context, 'bind', ip, this.clock.now());
      return true;
    });
    return { ip: await this.get(context, id), changed };
  }

  /** Errors: `not-found`, `state` when it is not bound. */
  async unbind(context: RequestContext, id: string): Promise<PublicIpDetails> {
    authorize(context, 'public-ip', 'update');
    await this.work.tenant(context, async (tx) => {
      const ip = await lock(tx, context, id);
      if (ip.serviceId === null && ip.containerId === null) {
        throw new DomainError('state', `The public IP ${ip.address} is not bound.`);
      }
      await tx.publicIps.bind(ip.id, null);
      await note(tx, context, 'unbind', ip, this.clock.now());
    });
    return this.get(context, id);
  }

  /** Gives the address back, bound or not; it rests before anybody gets it again. */
  async release(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'public-ip', 'delete');
    // That it is the caller's is read as the tenant; that it rests is written where only the platform may.
    await this.get(context, id);
    await this.work.platform(async (tx) => {
      const ip = await lock(tx, context, id);
      const now = this.clock.now();
      await tx.publicIps.delete(ip.id);
      await tx.publicIpPools.rest(ip.address, ip.poolId, now);
      await tx.quotas.take(ip.organizationId, ip.projectId, { publicIps: -1 });
      await note(tx, context, 'delete', ip, now);
    });
  }
}

const unbound = { serviceId: null, ordinal: null, containerId: null, allPorts: true };

async function lock(tx: Transaction, context: RequestContext, id: string): Promise<PublicIpRecord> {
  const ip = isId(id) ? await tx.publicIps.lock(context.projectId, id) : null;
  if (!ip) throw notFound('public IP');
  return ip;
}

function targetOf(container: ContainerRecord, allPorts: boolean): PublicIpTarget {
  if (container.privateAddress === null) {
    throw new DomainError(
      'state',
      `Container "${container.name}" has no address in the project’s network: it is on the host’s network or not placed yet.`,
    );
  }
  return container.serviceId === null
    ? { serviceId: null, ordinal: null, containerId: container.id, allPorts }
    : { serviceId: container.serviceId, ordinal: container.ordinal, containerId: null, allPorts };
}

const isSame = (ip: PublicIpTarget, target: PublicIpTarget): boolean =>
  ip.serviceId === target.serviceId &&
  ip.ordinal === target.ordinal &&
  ip.containerId === target.containerId &&
  ip.allPorts === target.allPorts;

async function note(tx: Transaction, context: RequestContext, verb: string, ip: PublicIpRecord, now: Date) {
  const subject = { resourceType: 'public-ip' as const, resourceId: ip.id, resourceName: ip.address };
  await tx.actions.insert(userAction(context, verb, subject, now));
  const told = verb === 'create' || verb === 'delete' ? verb : ('update' as const);
  const state = verb === 'bind' ? 'bound' : verb === 'delete' ? 'removed' : 'unbound';
  const { organizationId, projectId } = ip;
  await tx.events.append([
    { organizationId, projectId, type: 'public-ip', verb: told, resourceId: ip.id, state, parents: [] },
    networkEvent(ip),
  ]);
}
