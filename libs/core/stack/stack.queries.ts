import { notFound } from '#libs/domain/error.js';
import { authorize } from '../authorization/authorize.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { StackDetails, StackFilter } from './stack.repository.port.js';

export class StackQueries {
  constructor(private readonly work: UnitOfWork) {}

  async list(context: RequestContext, filter: StackFilter): Promise<{ rows: StackDetails[]; total: number }> {
    authorize(context, 'stack', 'read');
    return this.work.tenantRead(context, (tx) => tx.stacks.details(context.projectId, filter));
  }

  /** Also one that was terminated in the last hour. */
  async get(context: RequestContext, id: string): Promise<StackDetails> {
    const page = await this.list(context, { ids: [id], includeTerminated: true, limit: 1, offset: 0 });
    const [stack] = page.rows;
    if (!stack) throw notFound('stack');
    return stack;
  }

  /** The stack with its services' whole definitions, for an export. */
  async withServices(context: RequestContext, id: string): Promise<{ stack: StackDetails; services: ServiceRecord[] }> {
    const stack = await this.get(context, id);
    const services = await this.work.tenantRead(context, (tx) => tx.services.byStack(id));
    return { stack, services };
  }
}
