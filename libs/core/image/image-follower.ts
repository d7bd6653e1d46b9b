import { DomainError } from '#libs/domain/error.js';
import { repositoryOf } from '#libs/domain/registry/repository-name.js';
import { Clock } from '#libs/platform/clock.js';
import type { Log } from '#libs/platform/log.js';
import { recordAction } from '../action/action.event.js';
import { defaultDeadlineMs } from '../action/action-log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userlessAction } from '../identity/audit.js';
import { RegistryVault } from '../registry/registry.vault.js';
import { requireVerb } from '../service/deployment.begin.js';
import { ServiceCommands } from '../service/service.commands.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { ImageInspector } from './image-inspector.port.js';
import type { ImageWatch } from './image-watch.repository.port.js';

export interface FollowTimers {
  /** Between two looks at an image. */
  everyMs: number;
  /** The longest wait after failures, each of which doubles it. */
  atMostMs: number;
}

const atOnce = 8;

/**
 * Redeploys services that ask for it when the registry has something else under their image's tag. Each image of a
 * project is asked for once, however many services use it; any number of followers may run.
 */
export class ImageFollower {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly services: ServiceCommands,
    private readonly inspector: ImageInspector,
    private readonly vault: RegistryVault,
    private readonly timers: FollowTimers,
    private readonly log: Log,
  ) {}

  async look(): Promise<void> {
    const due = await this.work.platform(async (tx) => {
      await tx.imageWatches.refresh();
      const now = this.clock.now();
      return tx.imageWatches.take(now, this.after(this.timers.everyMs), atOnce);
    });
    await Promise.all(due.map((watch) => this.follow(watch)));
  }

  private async follow(watch: ImageWatch): Promise<void> {
    try {
      const digest = await this.inspector.digest(watch.image, await this.credentials(watch));
      const lookAt = this.after(this.timers.everyMs);
      await this.work.tenant(watch, async (tx) => {
        // The first look only tells what there is: the services were just deployed with it.
        if (watch.digest !== null && watch.digest !== digest) await this.redeploy(tx, watch, digest);
        if (!(await tx.imageWatches.note(watch, digest, lookAt))) throw new DomainError('stale', 'Noted meanwhile.');
      });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (error.code === 'stale') return;
      const waitMs = Math.min(this.timers.atMostMs, this.timers.everyMs * 2 ** Math.min(watch.failures, 16));
      const busy = error.code === 'state';
      if (!busy) this.log.info({ image: watch.image, project: watch.projectId, reason: error.message }, 'not followed');
      await this.work.platform((tx) => tx.imageWatches.noteFailure(watch, error.message, this.after(waitMs)));
    }
  }

  /** All of them or none: a service that is just being changed makes the whole image wait for the next look. */
  private async redeploy(tx: Transaction, watch: ImageWatch, digest: string): Promise<void> {
    for (const id of await tx.imageWatches.services(watch)) {
      const service = await tx.services.lock(watch.projectId, id);
      if (!service) continue;
      requireVerb(service, 'redeploy');
      const now = this.clock.now();
      const action = followAction(service, watch.image, digest, now);
      // Else nodes would go on with what they have under this tag.
      service.spec = { ...service.spec, template: { ...service.spec.template, pullPolicy: 'always' } };
      await this.services.begin(tx, service, 'redeploy', action.id, now);
      await recordAction(tx, action);
    }
  }

  private async credentials({ organizationId, projectId, image }: ImageWatch) {
    const registry = await this.work.tenantRead({ organizationId }, (tx) =>
      tx.registries.fitting(projectId, repositoryOf(image)),
    );
    if (!registry || registry.username === null || registry.sealedPassword === null) return null;
    return { username: registry.username, password: this.vault.open(registry.sealedPassword, registry.id) };
  }

  private after(ms: number): Date {
    return new Date(this.clock.now().getTime() + ms);
  }
}

/** Nobody asked for it but the image, and that is who stands in the trail. */
function followAction(service: ServiceRecord, image: string, digest: string, now: Date): ActionRecord {
  const subject = { resourceType: 'service' as const, resourceId: service.id, resourceName: service.name };
  return {
    ...userlessAction(service.organizationId, 'redeploy', subject, now),
    projectId: service.projectId,
    userName: `image:${image}`.slice(0, 256),
    stackId: service.stackId,
    serviceId: service.id,
    state: 'in-progress',
    message: `The registry has ${digest} under ${image} now.`,
    deadlineAt: new Date(now.getTime() + defaultDeadlineMs),
    endedAt: null,
  };
}
