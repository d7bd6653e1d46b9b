import type { StackDeclaration } from '#libs/core/stack/stack.declaration.js';
import type { StackInput } from '#libs/core/stack/stack.commands.js';
import type { StackWorkload } from '#libs/core/stack/workload.queries.js';
import { DomainError } from '#libs/domain/error.js';
import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { declaredService, mergedService } from '../service/service-input.translate.js';
import { toService } from '../service/service.translate.js';
import type { ServiceWire } from '../service/service.wire.js';
import { toVolume } from '../volume/volume.translate.js';
import { matches } from '../wire/page.wire.js';
import type { NewStackWire, StackAnswer, StackDeclarationWire, StackListQuery, StackUpdateWire } from './stack.wire.js';

export const toStack = ({ stack, services, volumes }: StackWorkload): StackAnswer => ({
  id: stack.id,
  projectId: stack.projectId,
  description: stack.displayName ?? stack.name,
  disabled: false,
  prefix: '',
  services: services.map(toService),
  volumes: volumes.map(toVolume),
});

export const selectStacks = (stacks: StackAnswer[], query: StackListQuery): StackAnswer[] =>
  stacks.filter(({ description, services }) =>
    matches(query.searchTerm, description, ...services.flatMap((each) => [each.serviceName, each.description])),
  );

/** A name that no other stack has; the description is what people see. `unique` is any text of its own. */
export function newStackInput(wire: NewStackWire, unique: string): StackInput {
  if (wire.templateConfig) {
    throw new DomainError('unsupported', 'There are no templates here; declare the services instead.', {
      field: 'templateConfig',
    });
  }
  const words = wire.description
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return { name: `${words || 'stack'}-${unique}`, displayName: wire.description, services: [] };
}

/** The whole stack: services that are left out go. */
export function declaredStack(wire: StackDeclarationWire, present: ServiceSpec[]): StackDeclaration {
  const volumeOf = names(wire.volumes);
  return {
    services: Object.entries(wire.services).map(([key, service]) =>
      declaredService(key, service, find(present, key), { field: `services.${key}`, volumeOf }),
    ),
    volumes: Object.keys(wire.volumes).map(volumeOf),
  };
}

/** What is there with what was given in it; a service given as `{}` goes, a volume given as `{}` is let go. */
export function updatedStack(wire: StackUpdateWire, present: ServiceSpec[]): StackDeclaration {
  if (wire.updateSchedule) {
    throw new DomainError('unsupported', 'Images are not updated by a schedule here; pull them when they changed.', {
      field: 'updateSchedule',
    });
  }
  const volumes = Object.fromEntries(Object.entries(wire.volumes).filter(([, volume]) => !isEmpty(volume)));
  const volumeOf = names(volumes);
  const reading = (key: string) => ({ field: `services.${key}`, volumeOf });
  const kept = present.filter(({ name }) => wire.services[name] === undefined);
  const given = Object.entries(wire.services).filter(([, service]) => !isEmpty(service));
  return {
    ...(wire.description === undefined ? {} : { displayName: wire.description }),
    services: [
      ...kept.map((spec) => mergedService(spec.name, nothing, spec, reading(spec.name))),
      ...given.map(([key, service]) => mergedService(key, service, find(present, key), reading(key))),
    ],
    volumes: Object.keys(volumes).map(volumeOf),
  };
}

const nothing: ServiceWire = {};

const find = (present: ServiceSpec[], name: string): ServiceSpec | null =>
  present.find((spec) => spec.name === name) ?? null;

const isEmpty = (value: object): boolean => Object.values(value).every((each) => each === undefined);

/** A mount names a volume by its key in the declaration, else by its own name. */
const names =
  (volumes: Record<string, { name?: string | undefined }>) =>
  (key: string): string =>
    volumes[key]?.name ?? key;
