import { z } from 'zod';
import { containerTemplate, namePattern, type ContainerTemplateInput } from '#libs/domain/container/template.js';
import { restartPolicy, type RestartPolicy } from '#libs/domain/service/spec.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { recordAction } from '../action/action.event.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { HostAccessPolicy } from '../policy/host-access.policy.js';
import { unobserved } from '../reconcile/container-maker.js';
import { firstIssue } from '../service/service-intake.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { ensureVolumes } from '../volume/volume.ensure.js';
import type { ContainerOutcome } from './container.commands.js';
import type { ContainerRecord } from './container.repository.port.js';

const standalone = z.strictObject({
  name: z
    .string()
    .regex(namePattern, 'A name has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit.'),
  template: containerTemplate,
  restart: restartPolicy.default(() => restartPolicy.parse({})),
});

export interface StandaloneInput {
  name: string;
  template: ContainerTemplateInput;
  restart?: Partial<RestartPolicy>;
}

/** Containers without a service: placed once, never moved or replaced, removed by their user. */
export class StandaloneContainerCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly hostAccess: HostAccessPolicy,
  ) {}

  /** Creates and starts. Errors: `invalid`, `conflict` (name), `quota`. */
  async create(context: RequestContext, input: StandaloneInput): Promise<ContainerOutcome> {
    authorize(context, 'container', 'create');
    const parsed = standalone.safeParse(input);
    if (!parsed.success) throw firstIssue(parsed.error);
    const { name, template, restart } = parsed.data;
    this.hostAccess.check(template);
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const memoryBytes = template.resources.memoryBytes ?? 0;
      const milliCpu = template.resources.milliCpu ?? 0;
      const container: ContainerRecord = {
        ...{ id: newId(), organizationId: context.organizationId, projectId: context.projectId },
        ...{ stackId: null, serviceId: null, name, ordinal: 1, revision: null, template, restart, environment: [] },
        ...{ links: [], apiKeyId: null },
        ...{
          nodeId: null,
          privateAddress: null,
          deploymentId: null,
          held: false,
          startIncarnation: 0,
          failedAt: null,
          autodestroyed: false,
        },
        ...{ moveTo: null, pool: 'none', poolChangedXid: null, poolChangedAt: null },
        ...{ desired: 'running', generation: 1, restartNonce: 0, milliCpu, memoryBytes },
        ...{ observed: unobserved, observedGeneration: 0, createdAt: now, removedAt: null, rowVersion: 1 },
      };
      await tx.quotas.take(context.organizationId, context.projectId, { containers: 1, memoryBytes, milliCpu });
      await ensureVolumes(tx, context, { template }, now);
      await tx.containers.insert([container]);
      const expectation = { containerId: container.id, state: 'running' as const, generation: 1 };
      const subject = { resourceType: 'container' as const, resourceId: container.id, resourceName: name };
      const action = userAction(context, 'create', subject, now, 'in-progress', [expectation]);
      await recordAction(tx, action);
      await tx.outbox.add([`container:${container.id}`]);
      return { container, action };
    });
  }
}
