import { invalid, notFound, terminated } from '#libs/domain/error.js';
import type { DeploymentKind } from '#libs/domain/deployment/state.js';
import { namePattern } from '#libs/domain/container/template.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { serviceVerbs } from '#libs/domain/service/state.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { recordAction } from '../action/action.event.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { DeploymentOptions } from '../service/deployment.begin.js';
import { ServiceCommands } from '../service/service.commands.js';
import { lookupFor, takeService, type ServiceInput } from '../service/service-intake.js';
import type { ServiceRecord } from '../service/service.repository.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { StackRecord } from './stack.repository.port.js';
import { requireStackVerb, type StackVerb } from './stack.verbs.js';

export interface StackInput {
  name: string;
  displayName: string | null;
  services: ServiceInput[];
}

export interface StackOutcome {
  stack: StackRecord;
  action: ActionRecord;
}

/** What a user may ask of stacks. One transaction each, whatever the number of services. */
export class StackCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly services: ServiceCommands,
  ) {}

  /** Stores a stack and its services without starting them. Errors: `invalid`, `conflict`, `quota`. */
  async create(context: RequestContext, input: StackInput): Promise<StackOutcome> {
    authorize(context, 'stack', 'create');
    if (!namePattern.test(input.name)) {
      throw invalid(
        'name',
        'A stack’s name has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit.',
      );
    }
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const stack: StackRecord = {
        id: newId(),
        organizationId: context.organizationId,
        projectId: context.projectId,
        name: input.name,
        displayName: input.displayName,
        intent: 'created',
        state: 'not-running',
        synchronized: true,
        deployedAt: null,
        destroyedAt: null,
        createdAt: now,
        rowVersion: 1,
      };
      await tx.quotas.takeWithCommit(context.organizationId, context.projectId, { stacks: 1 });
      await tx.stacks.insert(stack);
      await this.insertServices(tx, context, stack, input.services, new Map());
      const action = userAction(context, 'create', stackSubject(stack), now);
      await recordAction(tx, action);
      await tx.events.append([stackEvent(stack, 'create')]);
      return { stack, action };
    });
  }

  /**
   * Makes the stack's services those given: new ones are created (and started when the stack runs), known ones get
   * the new definition, missing ones are terminated. Nothing running is replaced before a redeploy.
   */
  async update(
    context: RequestContext,
    id: string,
    input: { displayName?: string | null; services?: ServiceInput[] },
  ): Promise<StackOutcome> {
    authorize(context, 'stack', 'update');
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const stack = await lockStack(tx, context, id);
      requireStackVerb(stack, 'update');
      const action = userAction(context, 'update', stackSubject(stack), now, 'in-progress');
      await recordAction(tx, action);
      if (input.displayName !== undefined) stack.displayName = input.displayName;
      if (input.services) await this.replaceServices(tx, context, stack, input.services, action, now);
      stack.rowVersion = await tx.stacks.update(stack);
      await tx.events.append([stackEvent(stack, 'update')]);
      await tx.outbox.add([`stack:${stack.id}`, `action:${action.id}`]);
      return { stack, action };
    });
  }

  private async replaceServices(
    tx: Transaction,
    context: RequestContext,
    stack: StackRecord,
    inputs: ServiceInput[],
    action: ActionRecord,
    now: Date,
  ) {
    const present = new Map((await lockServices(tx, context, stack)).map((service) => [service.name, service]));
    const siblings = new Map([...present].map(([name, service]) => [name, service.id]));
    const created = inputs.filter((input) => !present.has(input.name));
    const fresh = await this.insertServices(tx, context, stack, created, siblings);
    for (const input of inputs) {
      const service = present.get(input.name);
      if (service) await this.services.replaceSpec(tx, context, service, withSiblings(input, siblings), now, action);
    }
    const wanted = new Set(inputs.map((input) => input.name));
    for (const service of present.values()) {
      if (!wanted.has(service.name)) await this.services.begin(tx, service, 'terminate', action.id, now);
    }
    if (stack.intent === 'running') {
      const wishes = fresh.map((service) => ({ service, kind: 'create' as const }));
      await this.services.beginAll(tx, wishes, action.id, now);
    }
  }

  start(context: RequestContext, id: string): Promise<StackOutcome> {
    return this.deploy(context, id, 'start', (service) => (service.revision === 0 ? 'create' : 'start'));
  }

  stop(context: RequestContext, id: string): Promise<StackOutcome> {
    return this.deploy(context, id, 'stop', () => 'stop');
  }

  redeploy(
    context: RequestContext,
    id: string,
    options: Pick<DeploymentOptions, 'renewVolumes'> = {},
  ): Promise<StackOutcome> {
    return this.deploy(context, id, 'redeploy', () => 'redeploy', options);
  }

  terminate(context: RequestContext, id: string): Promise<StackOutcome> {
    return this.deploy(context, id, 'terminate', () => 'terminate');
  }

  private async deploy(
    context: RequestContext,
    id: string,
    verb: Exclude<StackVerb, 'update'>,
    kindOf: (service: ServiceRecord) => DeploymentKind,
    options: DeploymentOptions = {},
  ): Promise<StackOutcome> {
    authorize(context, 'stack', verb === 'terminate' ? 'delete' : verb);
    return this.work.tenant(context, async (tx) => {
      const now = this.clock.now();
      const stack = await lockStack(tx, context, id);
      requireStackVerb(stack, verb);
      const services = await lockServices(tx, context, stack);
      const action = userAction(context, verb, stackSubject(stack), now, 'in-progress');
      await recordAction(tx, action);
      const able = ordered(services, verb).filter((service) => serviceVerbs[service.state].includes(verb));
      if (verb === 'terminate') {
        for (const service of able) await this.terminateWithin(tx, service, services, action.id, now);
      } else {
        const wishes = able.map((service) => ({ service, kind: kindOf(service), options }));
        await this.services.beginAll(tx, wishes, action.id, now);
      }
      stack.intent = verb === 'terminate' ? 'terminated' : verb === 'stop' ? 'stopped' : 'running';
      stack.state = (
        { start: 'starting', stop: 'stopping', redeploy: 'redeploying', terminate: 'terminating' } as const
      )[verb];
      if (verb === 'start' || verb === 'redeploy') stack.deployedAt = now;
      stack.rowVersion = await tx.stacks.update(stack);
      await tx.events.append([stackEvent(stack, 'update')]);
      await tx.outbox.add([`stack:${stack.id}`, `action:${action.id}`]);
      return { stack, action };
    });
  }

  /** Within a stack, volumes shared between its own services are no obstacle: all of them go. */
  private async terminateWithin(
    tx: Transaction,
    service: ServiceRecord,
    all: ServiceRecord[],
    actionId: string,
    now: Date,
  ) {
    const mine = new Set(all.map((one) => one.id));
    const outside = (await tx.services.dependants(service.projectId, service.id)).filter(
      (user) => user.why === 'volumes-from' && !mine.has(user.id),
    );
    if (outside.length) await this.services.begin(tx, service, 'terminate', actionId, now);
    else await this.services.beginUnchecked(tx, service, 'terminate', actionId, now);
  }

  private async insertServices(
    tx: Transaction,
    context: RequestContext,
    stack: StackRecord,
    inputs: ServiceInput[],
    siblings: Map<string, string>,
  ) {
    const given: { id: string; spec: ServiceSpec }[] = [];
    for (const [index, input] of linkedFirst(inputs)) {
      const field = `services.${index}`;
      if (siblings.has(input.name))
        throw invalid(`${field}.name`, `The stack has two services called "${input.name}".`);
      const references = [...(input.links ?? []).map((link) => link.service), ...(input.volumesFrom ?? [])];
      const spec = takeService(input, await lookupFor(tx, context.projectId, references, stack.id, siblings), field);
      const id: string = newId();
      siblings.set(spec.name, id);
      given.push({ id, spec });
    }
    return this.services.insertAll(tx, context, given, stack.id);
  }
}

async function lockStack(tx: Transaction, context: RequestContext, id: string): Promise<StackRecord> {
  const stack = await tx.stacks.lock(context.projectId, id);
  if (stack) return stack;
  const ended = await tx.stacks.get(context.projectId, id);
  throw ended ? terminated('Stack', ended.name) : notFound('stack');
}

export const lockServices = (tx: Transaction, context: RequestContext, stack: StackRecord): Promise<ServiceRecord[]> =>
  tx.services.lockOfStack(context.projectId, stack.id);

/** Services come after those they link to or take volumes from; a circle is refused. */
function linkedFirst(inputs: ServiceInput[]): [number, ServiceInput][] {
  const byName = new Map(inputs.map((input, index) => [input.name, [index, input] as [number, ServiceInput]]));
  const done = new Map<string, 'visiting' | 'done'>();
  const order: [number, ServiceInput][] = [];
  const visit = (name: string, entry: [number, ServiceInput]) => {
    if (done.get(name) === 'done') return;
    if (done.get(name) === 'visiting') {
      throw invalid(`services.${entry[0]}`, `Service "${name}" links to itself through other services of the stack.`);
    }
    done.set(name, 'visiting');
    for (const reference of [...(entry[1].links ?? []).map((link) => link.service), ...(entry[1].volumesFrom ?? [])]) {
      const target = byName.get(reference);
      if (target && reference !== name) visit(reference, target);
    }
    done.set(name, 'done');
    order.push(entry);
  };
  for (const [index, input] of inputs.entries()) {
    if (byName.get(input.name)?.[0] !== index) {
      throw invalid(`services.${index}.name`, `The stack has two services called "${input.name}".`);
    }
    visit(input.name, [index, input]);
  }
  return order;
}

const withSiblings = (input: ServiceInput, siblings: ReadonlyMap<string, string>): ServiceInput => ({
  ...input,
  links: (input.links ?? []).map((link) => ({ ...link, service: siblings.get(link.service) ?? link.service })),
  volumesFrom: (input.volumesFrom ?? []).map((reference) => siblings.get(reference) ?? reference),
});

/** Services that others use start first and end last. */
function ordered(services: ServiceRecord[], verb: StackVerb): ServiceRecord[] {
  const byCreation = [...services].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return verb === 'terminate' || verb === 'stop' ? byCreation.reverse() : byCreation;
}

export const stackSubject = (stack: StackRecord) => ({
  resourceType: 'stack' as const,
  resourceId: stack.id,
  resourceName: stack.name,
  stackId: stack.id,
});

export const stackEvent = (stack: StackRecord, verb: 'create' | 'update' | 'delete') => ({
  organizationId: stack.organizationId,
  projectId: stack.projectId,
  type: 'stack' as const,
  verb,
  resourceId: stack.id,
  state: stack.state,
  parents: [],
});
