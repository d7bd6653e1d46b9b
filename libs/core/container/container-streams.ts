import type { Readable } from 'node:stream';
import { DomainError, notFound } from '#libs/domain/error.js';
import { authorize } from '../authorization/authorize.js';
import { NodeStreams, type ExecOptions, type ExecStream, type LogOptions } from '../stream/node-streams.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';

export interface NamedLog {
  containerId: string;
  name: string;
  output: Readable;
}

const isAbsent = (error: unknown): boolean => error instanceof DomainError && error.code === 'not-found';

/** Logs, exec, attach and statistics of a tenant's containers. */
export class ContainerStreams {
  constructor(
    private readonly work: UnitOfWork,
    private readonly streams: NodeStreams,
  ) {}

  async logs(context: RequestContext, containerId: string, options: LogOptions): Promise<NamedLog> {
    authorize(context, 'logs', 'read');
    const container = await this.placed(context, containerId);
    return {
      containerId,
      name: container.name,
      output: await this.streams.logs(container.nodeId, containerId, options),
    };
  }

  /** One stream per living container of the service that its node has made; one that goes meanwhile is passed over. */
  async serviceLogs(context: RequestContext, serviceId: string, options: LogOptions): Promise<NamedLog[]> {
    authorize(context, 'logs', 'read');
    const containers = await this.work.tenantRead(context, async (tx) => {
      if (!(await tx.services.get(context.projectId, serviceId))) throw notFound('service');
      return tx.containers.ofService(serviceId);
    });
    const placed = containers.filter(({ nodeId, observed }) => nodeId !== null && observed.startedAt !== null);
    const opened = await Promise.allSettled(placed.map((container) => this.logs(context, container.id, options)));
    const logs = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = opened.find((each) => each.status === 'rejected' && !isAbsent(each.reason));
    if (failed?.status !== 'rejected') return logs;
    for (const { output } of logs) output.destroy();
    throw failed.reason;
  }

  async exec(context: RequestContext, containerId: string, options: ExecOptions): Promise<ExecStream> {
    authorize(context, 'exec', 'create');
    const container = await this.running(context, containerId);
    return this.streams.exec(container.nodeId, containerId, options);
  }

  async attach(context: RequestContext, containerId: string, options: { stdin: boolean }): Promise<ExecStream> {
    authorize(context, 'exec', 'create');
    const container = await this.running(context, containerId);
    return this.streams.attach(container.nodeId, containerId, options);
  }

  async stats(context: RequestContext, containerId: string, intervalMs: number): Promise<Readable> {
    authorize(context, 'container', 'read');
    const container = await this.running(context, containerId);
    return this.streams.stats(container.nodeId, containerId, intervalMs);
  }

  private async placed(context: RequestContext, id: string) {
    const container = await this.work.tenantRead(context, (tx) => tx.containers.get(context.projectId, id));
    if (!container || container.removedAt) throw notFound('container');
    if (!container.nodeId) throw new DomainError('state', `Container "${container.name}" is not on a node yet.`);
    return { name: container.name, nodeId: container.nodeId, state: container.observed.state };
  }

  private async running(context: RequestContext, id: string) {
    const container = await this.placed(context, id);
    if (container.state !== 'running')
      throw new DomainError('state', `Container "${container.name}" is ${container.state}, not running.`);
    return container;
  }
}
