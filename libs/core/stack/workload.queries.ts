import { notFound } from '#libs/domain/error.js';
import { Clock } from '#libs/platform/clock.js';
import { authorize } from '../authorization/authorize.js';
import type { ServiceDetails } from '../service/service.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { VolumeRecord } from '../volume/volume.repository.port.js';
import { emptyDefaultStack } from './default-stack.js';
import { volumeStackLabel } from './stack.declaration.js';
import type { DeployedService, StackRecord } from './stack.repository.port.js';

export interface ServiceOfStack extends ServiceDetails {
  stackId: string;
  /** Null before the first start. */
  deployed: DeployedService | null;
}

export interface VolumeOfStack extends VolumeRecord {
  /** Where it was declared, else where it is mounted, else the default stack. */
  stackId: string;
  /** Ids of the project's services that mount it. */
  mountedBy: string[];
}

export interface StackWorkload {
  stack: StackRecord;
  services: ServiceOfStack[];
  volumes: VolumeOfStack[];
}

/** More than any project may have. */
const everything = { limit: 10_000, offset: 0 };

/** What a project's stacks hold and what of it runs: the whole project in a handful of statements. */
export class WorkloadQueries {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** The default stack first, also when nothing was ever put into it. Services outside of stacks are left out. */
  async stacks(context: RequestContext): Promise<StackWorkload[]> {
    authorize(context, 'stack', 'read');
    const { projectId } = context;
    return this.work.tenantRead(context, async (tx) => {
      const stacks = (await tx.stacks.details(projectId, everything)).rows;
      const details = (await tx.services.details(projectId, everything)).rows;
      const all = (await tx.volumes.list(projectId, everything.limit, 0)).rows;
      // An instance's own come and go with it; nobody declared them.
      const volumes = all.filter(({ owner }) => owner === 'project');
      const ids = details.flatMap(({ id, stackId }) => (stackId ? [id] : []));
      const deployed = new Map((await tx.stacks.deployed(projectId, ids)).map((each) => [each.serviceId, each]));
      const known = stacks.some(({ id }) => id === projectId)
        ? stacks
        : [emptyDefaultStack(context, this.clock.now()), ...stacks];
      const services = details.flatMap((service) => {
        const { stackId } = service;
        return stackId ? [{ ...service, stackId, deployed: deployed.get(service.id) ?? null }] : [];
      });
      const placed = volumes.map((volume) => place(volume, details, known, projectId));
      const first = (stack: StackRecord) => (stack.id === projectId ? 0 : 1);
      return [...known]
        .sort((a, b) => first(a) - first(b))
        .map((stack) => ({
          stack,
          services: services.filter((service) => service.stackId === stack.id),
          volumes: placed.filter((volume) => volume.stackId === stack.id),
        }));
    });
  }

  async stack(context: RequestContext, stackId: string): Promise<StackWorkload> {
    const found = (await this.stacks(context)).find(({ stack }) => stack.id === stackId);
    if (!found) throw notFound('stack');
    return found;
  }

  async service(context: RequestContext, stackId: string, serviceId: string): Promise<ServiceOfStack> {
    const found = (await this.stack(context, stackId)).services.find(({ id }) => id === serviceId);
    if (!found) throw notFound('service');
    return found;
  }

  async volume(context: RequestContext, stackId: string, volumeId: string): Promise<VolumeOfStack> {
    const found = (await this.stack(context, stackId)).volumes.find(({ id }) => id === volumeId);
    if (!found) throw notFound('volume');
    return found;
  }
}

function place(
  volume: VolumeRecord,
  services: ServiceDetails[],
  stacks: StackRecord[],
  projectId: string,
): VolumeOfStack {
  const mounting = services.filter(
    (service) =>
      service.intent !== 'terminated' &&
      service.spec.template.mounts.some((mount) => mount.kind === 'volume' && mount.volume === volume.name),
  );
  const candidates = [volume.labels[volumeStackLabel], ...mounting.map((service) => service.stackId)];
  const stackId = candidates.find((id) => stacks.some((stack) => stack.id === id)) ?? projectId;
  return { ...volume, stackId, mountedBy: mounting.map(({ id }) => id) };
}
