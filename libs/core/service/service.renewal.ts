import { DomainError } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { leaveFirst, poolEvents } from '../container/pool.order.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { requireVerb, takeOver } from './deployment.begin.js';
import { lockService, ServiceCommands, type ServiceOutcome } from './service.commands.js';
import type { ServiceRecord } from './service.repository.port.js';

/** What renews a service whose definition stays as it is. */
export class ServiceRenewal {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly services: ServiceCommands,
  ) {}

  /** Stops and starts its containers where they are. Errors: `not-found`; `state` when none of them runs. */
  async restart(context: RequestContext, id: string): Promise<ServiceOutcome> {
    authorize(context, 'service', 'restart');
    return this.work.tenant(context, async (tx) => {
      const service = await lockService(tx, context, id);
      const containers = await tx.containers.ofService(service.id);
      const running = containers.filter((one) => one.desired === 'running' && one.observed.state === 'running');
      if (!running.length) throw new DomainError('state', `No container of service "${service.name}" runs.`);
      const changes = running.map((one) => ({
        ...{ id: one.id, desired: 'running' as const, restart: true },
        startIncarnation: one.observed.incarnation + 1,
        ...leaveFirst(one),
      }));
      const changed = await tx.containers.desire(changes);
      await tx.events.append(poolEvents({ ...service, serviceId: service.id }, changes));
      const expectation = changed.map(({ id: containerId, generation }) => ({
        containerId,
        state: 'running' as const,
        generation,
      }));
      const action = userAction(context, 'restart', subject(service), this.clock.now(), 'in-progress', expectation);
      await recordAction(tx, action);
      await tx.outbox.add([`service:${service.id}`]);
      return { service, action };
    });
  }

  /**
   * Asks the registry for the image anew and replaces the containers, also those that are just coming up. From then on
   * each new one asks again.
   */
  async pull(context: RequestContext, id: string): Promise<ServiceOutcome> {
    authorize(context, 'service', 'redeploy');
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const service = await lockService(tx, context, id);
      takeOver(service, 'redeploy');
      requireVerb(service, 'redeploy');
      pullAlways(service);
      const action = userAction(context, 'redeploy', subject(service), now, 'in-progress');
      await recordAction(tx, action);
      await this.services.begin(tx, service, 'redeploy', action.id, now);
      return { service, action };
    });
  }
}

/** From the next deployment on each new container asks for its image anew. */
export function pullAlways(service: ServiceRecord): void {
  service.spec = { ...service.spec, template: { ...service.spec.template, pullPolicy: 'always' } };
}

const subject = (service: ServiceRecord) => ({
  resourceType: 'service' as const,
  resourceId: service.id,
  resourceName: service.name,
  stackId: service.stackId,
  serviceId: service.id,
});
