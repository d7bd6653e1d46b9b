import { DomainError, notFound } from '#libs/domain/error.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { serviceVerbs } from '#libs/domain/service/state.js';
import { Clock } from '#libs/platform/clock.js';
import { recordAction } from '../action/action.event.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import { ServiceCommands } from '../service/service.commands.js';
import { lookupFor, takeService, type ServiceInput } from '../service/service-intake.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { ensureNamedVolumes } from '../volume/volume.ensure.js';
import { isDefaultStack, lockDefaultStack } from './default-stack.js';
import { lockServices, StackCommands, stackEvent, stackSubject, type StackOutcome } from './stack.commands.js';
import type { StackRecord } from './stack.repository.port.js';
import { requireStackVerb } from './stack.verbs.js';

/** A stack as it is to be: services that are left out go; volumes that are left out stay. */
export interface StackDeclaration {
  displayName?: string;
  services: ServiceInput[];
  /** Names of volumes that are made unless the project has them. */
  volumes: string[];
}

/** `changed`: replaced at once by what they are now declared to be. `none`: they keep running as they are. */
export type Recreation = 'changed' | 'none';

/** Names the stack that a volume was declared in. */
export const volumeStackLabel = 'io.pierhead.stack';

interface Scene {
  tx: Transaction;
  context: RequestContext;
  stack: StackRecord;
  action: ActionRecord;
  now: Date;
}

/**
 * Brings a stack to a declaration in one transaction: new services are made and started, changed ones are replaced,
 * missing ones terminated, unchanged ones left alone, so that declaring the same again deploys nothing.
 */
export class StackDeclarations {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly stacks: StackCommands,
    private readonly services: ServiceCommands,
  ) {}

  /**
   * `wanted` is a pure function of the definitions that are there, because a part of a declaration is merged into
   * them. Errors: `not-found`, `invalid` (`services.<name>.…`), `quota`, `state` while a service of a wanted name is
   * still being removed.
   */
  async declare(
    context: RequestContext,
    stackId: string,
    wanted: (present: ServiceSpec[]) => StackDeclaration,
    recreation: Recreation,
  ): Promise<StackOutcome> {
    authorize(context, 'stack', 'update');
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const stack = isDefaultStack(context, stackId)
        ? await lockDefaultStack(tx, context, now)
        : await tx.stacks.lock(context.projectId, stackId);
      if (!stack) throw notFound('stack');
      if (stack.state === 'terminating') requireStackVerb(stack, 'update');
      const present = await lockServices(tx, context, stack);
      const staying = present.filter((service) => service.intent !== 'terminated');
      const declaration = wanted(staying.map((service) => service.spec));
      const action = userAction(context, 'update', stackSubject(stack), now, 'in-progress');
      await recordAction(tx, action);
      const scene: Scene = { tx, context, stack, action, now };
      await this.ensureVolumes(scene, declaration);
      const byName = new Map(present.map((service) => [service.name, service]));
      for (const input of declaration.services) {
        const service = byName.get(input.name);
        if (service) await this.change(scene, service, input, recreation);
        else await this.add(scene, input);
      }
      const names = new Set(declaration.services.map((input) => input.name));
      for (const service of staying) {
        if (!names.has(service.name)) await this.services.begin(tx, service, 'terminate', action.id, now);
      }
      stack.intent = 'running';
      stack.deployedAt = now;
      if (declaration.displayName !== undefined) stack.displayName = declaration.displayName;
      stack.rowVersion = await tx.stacks.update(stack);
      await tx.events.append([stackEvent(stack, 'update')]);
      await tx.outbox.add([`stack:${stack.id}`, `action:${action.id}`]);
      return { stack, action };
    });
  }

  /** Ends a stack with all that is in it; the default one stays, empty. */
  remove(context: RequestContext, stackId: string): Promise<StackOutcome> {
    if (!isDefaultStack(context, stackId)) return this.stacks.terminate(context, stackId);
    authorize(context, 'stack', 'delete');
    return this.declare(context, stackId, () => ({ services: [], volumes: [] }), 'none');
  }

  private async ensureVolumes({ tx, context, stack, now }: Scene, declaration: StackDeclaration): Promise<void> {
    const mounted = declaration.services.flatMap((input) =>
      (input.template.mounts ?? []).flatMap((mount) =>
        mount.kind === 'volume' && mount.volume && !mount.perInstance ? [mount.volume] : [],
      ),
    );
    const names = [...new Set([...declaration.volumes, ...mounted])];
    await ensureNamedVolumes(tx, context, names, { [volumeStackLabel]: stack.id }, now);
  }

  private async add(scene: Scene, input: ServiceInput): Promise<void> {
    const { tx, context, stack, action, now } = scene;
    const service = await this.services.insert(tx, context, await this.take(scene, input), stack.id);
    await this.services.begin(tx, service, 'create', action.id, now);
  }

  private async change(scene: Scene, service: ServiceRecord, input: ServiceInput, recreation: Recreation) {
    const { tx, context, action, now } = scene;
    if (service.intent === 'terminated') {
      throw new DomainError(
        'state',
        `Service "${service.name}" is still being removed; declare it again when it is gone.`,
      );
    }
    const spec = await this.take(scene, input);
    const changed = !sameDefinition(service.spec, spec);
    if (changed) {
      await this.services.replaceSpec(tx, context, service, input, now, action);
    }
    if (service.intent === 'created') {
      await this.services.begin(tx, service, 'create', action.id, now);
    } else if (service.intent === 'running' && recreation === 'changed' && (changed || !service.synchronized)) {
      if (changed || !(await this.isUnderWay(scene, service))) await this.redeploy(scene, service);
    }
  }

  /** The newest definition is being deployed already. */
  private async isUnderWay({ tx }: Scene, service: ServiceRecord): Promise<boolean> {
    const deploying = await tx.services.revision(service.id, service.revision);
    return deploying !== null && sameDefinition(deploying, service.spec);
  }

  /** What is under way ends as superseded: a declaration says how it is to be now, not when it suits. */
  private async redeploy({ tx, action, now }: Scene, service: ServiceRecord): Promise<void> {
    if (!serviceVerbs[service.state].includes('redeploy')) service.state = 'partly-running';
    await this.services.begin(tx, service, 'redeploy', action.id, now);
  }

  /** As `takeService`, with fields named below their service. */
  private async take({ tx, context, stack }: Scene, input: ServiceInput): Promise<ServiceSpec> {
    const references = [...(input.links ?? []).map((link) => link.service), ...(input.volumesFrom ?? [])];
    const at = `services.${input.name}`;
    try {
      return takeService(input, await lookupFor(tx, context.projectId, references, stack.id));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'invalid') throw error;
      const { field, fields } = error.detail;
      const below = (path: string) => (path ? `${at}.${path}` : at);
      throw new DomainError('invalid', error.message, {
        ...error.detail,
        field: below(field ?? ''),
        ...(fields ? { fields: fields.map((each) => ({ ...each, field: below(each.field) })) } : {}),
      });
    }
  }
}

/** Compares by value; the database does not keep the order of an object's keys. */
export const sameDefinition = (one: ServiceSpec, other: ServiceSpec): boolean => canonical(one) === canonical(other);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
