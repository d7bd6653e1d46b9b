import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { namePattern } from '#libs/domain/container/template.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { VolumeRecord } from './volume.repository.port.js';

/** A project's volumes. One that a definition names is made by itself; one that is used cannot be deleted. */
export class VolumeCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /** Errors: `invalid` (name), `conflict`, `quota`. */
  async create(
    context: RequestContext,
    input: { name: string; labels: Record<string, string> },
  ): Promise<{ volume: VolumeRecord; action: ActionRecord }> {
    authorize(context, 'volume', 'create');
    if (!namePattern.test(input.name)) {
      throw invalid(
        'name',
        'A volume’s name has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit.',
      );
    }
    return this.work.tenant(context, async (tx) => {
      const volume: VolumeRecord = {
        id: newId(),
        organizationId: context.organizationId,
        projectId: context.projectId,
        name: input.name,
        driver: 'local',
        nodeId: null,
        labels: input.labels,
        createdAt: this.clock.now(),
        rowVersion: 1,
      };
      await tx.quotas.take(context.organizationId, context.projectId, { volumes: 1 });
      await tx.volumes.insert(volume);
      const action = userAction(context, 'create', subject(volume), this.clock.now());
      await tx.actions.insert(action);
      return { volume, action };
    });
  }

  async list(context: RequestContext, limit: number, offset: number): Promise<{ rows: VolumeRecord[]; total: number }> {
    authorize(context, 'volume', 'read');
    return this.work.tenantRead(context, (tx) => tx.volumes.list(context.projectId, limit, offset));
  }

  async get(context: RequestContext, nameOrId: string): Promise<VolumeRecord> {
    authorize(context, 'volume', 'read');
    const volume = await this.work.tenantRead(context, (tx) => tx.volumes.get(context.projectId, nameOrId));
    if (!volume) throw notFound('volume');
    return volume;
  }

  /** Errors: `not-found`; `state` while a service or container mounts it, naming them. */
  async delete(context: RequestContext, nameOrId: string): Promise<ActionRecord> {
    authorize(context, 'volume', 'delete');
    return this.work.tenant(context, async (tx) => {
      const volume = await tx.volumes.get(context.projectId, nameOrId);
      if (!volume) throw notFound('volume');
      const users = await tx.volumes.users(context.projectId, volume.name);
      if (users.length) {
        throw new DomainError(
          'state',
          `Volume "${volume.name}" is used by ${users.map((name) => `"${name}"`).join(', ')}; remove that first.`,
        );
      }
      await tx.volumes.delete(volume.id);
      await tx.quotas.take(context.organizationId, context.projectId, { volumes: -1 });
      const action = userAction(context, 'delete', subject(volume), this.clock.now());
      await tx.actions.insert(action);
      return action;
    });
  }
}

const subject = (volume: VolumeRecord) => ({
  resourceType: 'volume' as const,
  resourceId: volume.id,
  resourceName: volume.name,
});
