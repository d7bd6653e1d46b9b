import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import { userAction } from '../action/action-log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { authorize } from '../authorization/authorize.js';
import { serviceEvent } from '../service/deployment.begin.js';
import { lockService } from '../service/service.commands.js';
import { pullAlways } from '../service/service.renewal.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { ImageQueries } from './image.queries.js';

/**
 * Takes note of a newer image while the containers stay. The image itself goes to a node with the next container that
 * is made there, which asks the registry anew.
 */
export class ImagePull {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly images: ImageQueries,
  ) {}

  /** Errors: `not-found` (also of the image), `invalid` (a registry that may not be asked), `unavailable`, `timeout`. */
  async note(context: RequestContext, id: string): Promise<ActionRecord> {
    authorize(context, 'service', 'redeploy');
    const present = await this.work.tenantRead(context, (tx) => tx.services.get(context.projectId, id));
    if (!present) throw notFound('service');
    const { image } = present.spec.template;
    const digest = await this.ask(context, image);
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const service = await lockService(tx, context, id);
      if (service.spec.template.image !== image) {
        throw new DomainError('stale', 'The service was given another image meanwhile; pull that one.');
      }
      pullAlways(service);
      const [running] = await tx.stacks.deployed(context.projectId, [id]);
      // So that declaring the service again with replacement takes the image up, although its definition is the same.
      if (running && running.imageDigest !== digest) service.synchronized = false;
      service.rowVersion = await tx.services.update(service);
      await tx.services.notePulled({ serviceId: id, organizationId: service.organizationId, image, digest, at: now });
      const subject = { resourceType: 'service' as const, resourceId: id, resourceName: service.name };
      const action = userAction(context, 'update', { ...subject, stackId: service.stackId, serviceId: id }, now);
      action.message = `The registry has ${digest} under ${image}.`;
      await recordAction(tx, action);
      await tx.events.append([serviceEvent(service, 'update')]);
      return action;
    });
  }

  /** The image is the service's and no field of the call. */
  private async ask(context: RequestContext, image: string): Promise<string> {
    try {
      return await this.images.digest(context, image);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'invalid') throw invalid('', error.message);
      throw error;
    }
  }
}
