import { notFound } from '#libs/domain/error.js';
import { authorize } from '../authorization/authorize.js';
import { withLiveLinks } from '../discovery/live-links.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { ContainerDetails, ContainerFilter } from './container.repository.port.js';

export class ContainerQueries {
  constructor(private readonly work: UnitOfWork) {}

  async list(context: RequestContext, filter: ContainerFilter): Promise<{ rows: ContainerDetails[]; total: number }> {
    authorize(context, 'container', 'read');
    return this.work.tenantRead(context, async (tx) => {
      const { rows, total } = await tx.containers.details(context.projectId, filter);
      return { rows: await withLiveLinks(tx, context.projectId, rows), total };
    });
  }

  /** Also one that was removed in the last hour. */
  async get(context: RequestContext, id: string): Promise<ContainerDetails> {
    const page = await this.list(context, { ids: [id], includeRemoved: true, limit: 1, offset: 0 });
    const [container] = page.rows;
    if (!container) throw notFound('container');
    return container;
  }
}
