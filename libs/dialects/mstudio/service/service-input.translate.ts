import type { ServiceInput } from '#libs/core/service/service-intake.js';
import { invalid } from '#libs/domain/error.js';
import { parseBytes } from '#libs/domain/quantity.js';
import { serviceSpec, type RestartPolicy, type ServiceSpec } from '#libs/domain/service/spec.js';
import { readCpus, readMount, readPort } from './notation.translate.js';
import type { ServiceWire } from './service.wire.js';

const blank = serviceSpec.parse({ name: 'blank', template: { image: 'blank' } });

/** The key is the name by which the project's other services find this one. */
const keyPattern = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/;

/** A container that its user stops stays stopped here in any case, so two of the policies mean the same. */
export const conditions = {
  no: 'never',
  always: 'always',
  'on-failure': 'on-failure',
  'unless-stopped': 'always',
} as const satisfies Record<NonNullable<ServiceWire['restartPolicy']>, RestartPolicy['condition']>;

export interface Reading {
  /** Where the service stands in the body. */
  field: string;
  /** The volume that a key of the declaration stands for. */
  volumeOf: (key: string) => string;
}

/** A service as declared whole: what is left out has its default. What this API has no words for stays as it is. */
export function declaredService(
  key: string,
  wire: ServiceWire,
  present: ServiceSpec | null,
  reading: Reading,
): ServiceInput {
  const { displayName, restart, template } = fresh(key);
  const { command, entrypoint, environment, ports, mounts, resources } = template;
  const base = present && {
    ...present,
    displayName,
    restart,
    template: { ...present.template, command, entrypoint, environment, ports, mounts, resources },
  };
  return mergedService(key, wire, base, reading);
}

const fresh = (name: string): ServiceSpec => ({
  ...blank,
  name,
  restart: { ...blank.restart, condition: 'always' },
});

/** The definition with what was given in it; a new one needs an image. */
export function mergedService(
  key: string,
  wire: ServiceWire,
  present: ServiceSpec | null,
  reading: Reading,
): ServiceInput {
  const at = (field: string) => `${reading.field}.${field}`;
  if (!keyPattern.test(key)) {
    throw invalid(
      reading.field,
      `"${key}" cannot name a service: give 1 to 63 letters, digits, "-" or "_", with a letter or digit at both ends.`,
    );
  }
  const base = present ?? fresh(key);
  const image = wire.image ?? present?.template.image;
  if (image === undefined) throw invalid(at('image'), `${at('image')}: a new service needs an image.`);
  return {
    ...base,
    links: base.links.map(({ alias, serviceId, secrets }) => ({ alias, service: serviceId, secrets })),
    displayName: wire.description ?? base.displayName,
    restart: wire.restartPolicy ? { ...base.restart, condition: conditions[wire.restartPolicy] } : base.restart,
    template: { ...base.template, image, ...givenOf(wire, base.template, at, reading.volumeOf) },
  };
}

type Template = ServiceSpec['template'];

function givenOf(
  wire: ServiceWire,
  now: Template,
  at: (field: string) => string,
  volumeOf: Reading['volumeOf'],
): Partial<Template> {
  const environment = wire.environment ?? wire.envs;
  const limits = wire.deploy?.resources?.limits;
  return {
    command: wire.command ? orNull(wire.command) : now.command,
    entrypoint: wire.entrypoint ? orNull(wire.entrypoint) : now.entrypoint,
    environment: environment ? readEnvironment(environment) : now.environment,
    ports: wire.ports?.map((port, i) => readPort(at(`ports.${i}`), port)) ?? now.ports,
    mounts: wire.volumes?.map((mount, i) => readMount(at(`volumes.${i}`), mount, volumeOf)) ?? now.mounts,
    resources: wire.deploy
      ? {
          ...now.resources,
          milliCpu: limits?.cpus === undefined ? null : readCpus(at('deploy.resources.limits.cpus'), limits.cpus),
          memoryBytes:
            limits?.memory === undefined ? null : parseBytes(at('deploy.resources.limits.memory'), limits.memory),
        }
      : now.resources,
  };
}

/** In the order of names, so that the same variables make the same definition. */
const readEnvironment = (variables: Record<string, string>): Template['environment'] =>
  Object.entries(variables)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

const orNull = (words: string[]): string[] | null => (words.length ? words : null);
