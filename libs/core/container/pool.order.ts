import { takesRequests, type PoolState } from '#libs/domain/container/pool.js';
import type { NewEvent } from '../event/event-log.port.js';
import type { ContainerRecord, DesiredChange } from './container.repository.port.js';

/** What a pool belongs to: a service, whose containers are in it. */
interface PoolOwner {
  organizationId: string;
  projectId: string;
  stackId: string | null;
  /** Null for a standalone container, which is in no pool. */
  serviceId: string | null;
}

/** To be added to a change that ends a container's run: what edges send requests to leaves their pool first. */
export function leaveFirst({ pool, observed }: ContainerRecord): Partial<DesiredChange> {
  return takesRequests(pool) && observed.state === 'running' ? { pool: 'leaving', quiet: true } : {};
}

/** Edges are told anew when it comes; `in` and `out` say only that they have followed. */
export function poolEvents(
  { organizationId, projectId, stackId, serviceId }: PoolOwner,
  changes: readonly { pool?: PoolState | null }[],
): NewEvent[] {
  const concerned = changes.some(({ pool }) => pool === 'joining' || pool === 'leaving' || pool === 'none');
  if (!concerned || serviceId === null) return [];
  const parents = [
    { type: 'service' as const, id: serviceId },
    ...(stackId ? [{ type: 'stack' as const, id: stackId }] : []),
  ];
  return [
    { organizationId, projectId, type: 'network', verb: 'update', resourceId: projectId, state: 'pool', parents },
  ];
}
