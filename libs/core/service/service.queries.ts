import { notFound } from '#libs/domain/error.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { DeploymentRecord } from './deployment.repository.port.js';
import type { ServiceDetails, ServiceFilter } from './service.repository.port.js';

export class ServiceQueries {
  constructor(private readonly work: UnitOfWork) {}

  async list(context: RequestContext, filter: ServiceFilter): Promise<{ rows: ServiceDetails[]; total: number }> {
    authorize(context, 'service', 'read');
    return this.work.tenantRead(context, (tx) => tx.services.details(context.projectId, filter));
  }

  /** Also one that was terminated in the last hour. */
  async get(context: RequestContext, id: string): Promise<ServiceDetails> {
    const page = await this.list(context, { ids: [id], includeTerminated: true, limit: 1, offset: 0 });
    const [service] = page.rows;
    if (!service) throw notFound('service');
    return service;
  }

  /** A JSON array as text, built by the database; keyset by id. */
  async listJson(context: RequestContext, after: string | null, limit: number): Promise<string> {
    authorize(context, 'service', 'read');
    return this.work.tenantRead(context, (tx) => tx.services.listJson(context.projectId, after, limit));
  }

  /** Newest first. */
  async deployments(context: RequestContext, serviceId: string, limit: number): Promise<DeploymentRecord[]> {
    authorize(context, 'service', 'read');
    return this.work.tenantRead(context, async (tx) => {
      if (!(await tx.services.get(context.projectId, serviceId))) throw notFound('service');
      return tx.deployments.list(context.projectId, serviceId, limit);
    });
  }
}
