import { randomBytes } from 'node:crypto';
import type { EventVerb } from '#libs/domain/event/event.js';
import type { NewEvent } from '../event/event-log.port.js';
import type { ReconcileKey } from '../outbox/outbox.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { RouteRecord } from './route.repository.port.js';

export const routeEvent = ({ id, organizationId, projectId, owned, spec }: RouteRecord, verb: EventVerb): NewEvent => ({
  organizationId,
  projectId,
  type: 'route',
  verb,
  resourceId: id,
  state: owned ? 'owned' : 'pending-ownership',
  parents: [...new Set(spec.targets.map(({ serviceId }) => serviceId))].map((serviceId) => ({
    type: 'service',
    id: serviceId,
  })),
});

/** Tells edges (by the events) and the services’ reconcilers, which give and take containers to and from the pool. */
export async function tellOfRoutes(
  tx: Transaction,
  verb: EventVerb,
  routes: readonly RouteRecord[],
  formerServices: readonly string[] = [],
): Promise<void> {
  const services = new Set([
    ...formerServices,
    ...routes.flatMap(({ spec }) => spec.targets.map(({ serviceId }) => serviceId)),
  ]);
  await tx.events.append(routes.map((route) => routeEvent(route, verb)));
  await tx.outbox.add([...services].map((id): ReconcileKey => `service:${id}`));
}

/** A name for one label below the platform’s domain: the service’s, as far as DNS takes it, and something of its own. */
export function generatedLabel(serviceName: string): string {
  const readable = serviceName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return `${readable || 'app'}-${randomBytes(5).toString('hex')}`;
}
