import type { StackInput } from '#libs/core/stack/stack.commands.js';
import type { StackDetails, StackFilter } from '#libs/core/stack/stack.repository.port.js';
import type { ServiceRecord } from '#libs/core/service/service.repository.port.js';
import type { ServiceInput } from '#libs/core/service/service-intake.js';
import { newServiceInput } from '../service/service-input.translate.js';
import { wireDateOrNull } from '../wire/date.translate.js';
import { Filters } from '../wire/filter.translate.js';
import { readPage, type Query } from '../wire/page.translate.js';
import { resourceUri } from '../wire/resource-uri.translate.js';
import { toStackFile } from './stack-file-export.translate.js';
import { fromStackFile } from './stack-file.translate.js';
import type { StackServiceWire } from './stack-file.wire.js';
import { stackStateNames, stackStateOf } from './stack.states.js';
import type { StackChanges, StackCreation } from './stack.wire.js';

export const toStack = (stack: StackDetails, namespace: string) => ({
  deployed_datetime: wireDateOrNull(stack.deployedAt),
  destroyed_datetime: wireDateOrNull(stack.destroyedAt),
  name: stack.name,
  nickname: stack.displayName ?? stack.name,
  resource_uri: resourceUri('stack', namespace, stack.id),
  services: stack.services.map((service) => resourceUri('service', namespace, service.id)),
  state: stackStateNames[stack.state],
  synchronized: stack.synchronized,
  uuid: stack.id,
});

export const readStackCreation = (wire: StackCreation): StackInput => ({
  name: wire.name,
  displayName: wire.nickname ?? null,
  services: readServices(wire.services ?? []),
});

export const readStackChanges = (wire: StackChanges): { displayName?: string | null; services?: ServiceInput[] } => ({
  ...(wire.nickname === undefined ? {} : { displayName: wire.nickname }),
  ...(wire.services ? { services: readServices(wire.services) } : {}),
});

const readServices = (services: StackServiceWire[]): ServiceInput[] =>
  services.map((service, i) => {
    const at = (field: string) => `services.${i}.${field}`;
    return newServiceInput(fromStackFile(service, at), at);
  });

/** A name addresses the stack that bears it now; the list itself also has those that ended within the hour. */
export function readStackFilter(query: Query): StackFilter {
  const filters = new Filters(query);
  const identity = filters.identity();
  const name = filters.text('name');
  const state = filters.oneOf('state', Object.keys(stackStateOf) as (keyof typeof stackStateOf)[]);
  filters.done();
  return {
    ...identity,
    ...(name === undefined ? {} : { name }),
    ...(state === undefined ? {} : { states: [stackStateOf[state]] }),
    includeTerminated: name === undefined || state === 'Terminated',
    ...readPage(query),
  };
}

/** A stack file as JSON: service name → definition. */
export function toExport(services: ServiceRecord[], nameOf: (id: string) => string | null): Record<string, unknown> {
  const siblings = new Map(services.map((service) => [service.id, service.name]));
  const living = services.filter((service) => service.destroyedAt === null);
  return Object.fromEntries(
    living.map((service) => [service.name, toStackFile(service.spec, (id) => siblings.get(id) ?? nameOf(id) ?? id)]),
  );
}
