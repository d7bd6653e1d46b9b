import { invalid } from '#libs/domain/error.js';
import { parseBytes } from '#libs/domain/quantity.js';
import type { FieldOf } from '../service/service-input.translate.js';
import type { ServiceCreation } from '../service/service.wire.js';
import type { StackServiceWire } from './stack-file.wire.js';

const mebibyte = 1024 * 1024;

/** Turns the keys of a stack file into the attributes of a service. Throws `invalid` naming the key. */
export function fromStackFile(service: StackServiceWire, at: FieldOf): ServiceCreation {
  const {
    command,
    environment,
    expose,
    links,
    ports,
    restart,
    volumes,
    volumes_from,
    mem_limit,
    memswap_limit,
    ...rest
  } = service;
  const from: Partial<ServiceCreation> = {};
  if (given(command)) from.run_command = command;
  if (given(environment)) from.container_envvars = readEnvironment(environment, at('environment'));
  if (given(expose) || given(ports)) {
    from.container_ports = [
      ...(ports ?? []).map((port, i) => readPort(port, true, at(`ports.${i}`))),
      ...(expose ?? []).map((port, i) => readPort(port, false, at(`expose.${i}`))),
    ];
  }
  if (given(links)) from.linked_to_service = links.map((link, i) => readLink(link, at(`links.${i}`)));
  if (given(restart)) from.autorestart = readRestart(restart, at('restart'));
  if (given(volumes) || given(volumes_from)) {
    from.bindings = [
      ...(volumes ?? []).map((volume, i) => readVolume(volume, at(`volumes.${i}`))),
      ...(volumes_from ?? []).map((source) => ({ volumes_from: source, volume: undefined })),
    ];
  }
  if (given(mem_limit)) from.memory = parseBytes(at('mem_limit'), String(mem_limit)) / mebibyte;
  if (given(memswap_limit)) from.memory_swap = readSwap(memswap_limit, at('memswap_limit'));
  for (const name of Object.keys(from) as (keyof typeof from)[]) {
    if (given(rest[name])) throw invalid(at(name), `${at(name)}: given twice, also as a key of a stack file.`);
  }
  return { ...rest, ...from };
}

const given = <T>(value: T | null | undefined): value is T => value !== undefined && value !== null;

type Variables = NonNullable<ServiceCreation['container_envvars']>;

function readEnvironment(environment: NonNullable<StackServiceWire['environment']>, field: string): Variables {
  if (!Array.isArray(environment)) {
    return Object.entries(environment).map(([key, value]) => ({ key, value: value === null ? '' : String(value) }));
  }
  return environment.map((item, i) => {
    const text = String(item);
    const split = text.indexOf('=');
    if (split === 0 || text === '') throw invalid(`${field}.${i}`, `${field}.${i}: give NAME=value.`);
    // A name alone takes its value from the shell of whoever sends the file; what arrives here had none.
    return split < 0 ? { key: text, value: '' } : { key: text.slice(0, split), value: text.slice(split + 1) };
  });
}

type Port = NonNullable<ServiceCreation['container_ports']>[number];

/** `HOST:CONTAINER`, `CONTAINER`, either with `/udp`. */
function readPort(text: string, published: boolean, field: string): Port {
  const match = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/.exec(text.trim());
  const inner = Number(match?.[2]);
  const outer = match?.[1] === undefined ? null : Number(match[1]);
  const possible = (port: number) => port >= 1 && port <= 65_535;
  if (!match || !possible(inner) || (outer !== null && (!possible(outer) || !published))) {
    throw invalid(
      field,
      `${field}: "${text}" is not ${published ? '[HOST:]CONTAINER[/udp]' : 'PORT[/udp]'} with ports from 1 to 65535.`,
    );
  }
  return {
    protocol: match[3] === 'udp' ? 'udp' : 'tcp',
    inner_port: inner,
    outer_port: outer,
    published,
    port_name: undefined,
    endpoint_uri: undefined,
    uri_protocol: undefined,
    container: undefined,
  };
}

/**
 * `SERVICE` or `SERVICE:ALIAS`, where a service of another stack is `SERVICE.STACK`; `:secrets` behind the alias
 * copies variables that are taken for secrets, too.
 */
function readLink(text: string, field: string): NonNullable<ServiceCreation['linked_to_service']>[number] {
  const [target = '', alias, option, ...more] = text.split(':');
  if ((option !== undefined && option !== 'secrets') || more.length) {
    throw invalid(field, `${field}: "${text}" is not SERVICE[:ALIAS[:secrets]].`);
  }
  return { to_service: target, name: alias ?? target, secrets: option === 'secrets', from_service: undefined };
}

function readRestart(restart: string | boolean, field: string): ServiceCreation['autorestart'] {
  const names = { no: 'OFF', false: 'OFF', off: 'OFF', 'on-failure': 'ON_FAILURE', always: 'ALWAYS' } as const;
  const found = names[String(restart).toLowerCase() as keyof typeof names];
  if (!found) throw invalid(field, `${field}: "${restart}" is not no, on-failure or always.`);
  return found;
}

/** `CONTAINER`, `HOST:CONTAINER` or `HOST:CONTAINER:ro`; a host part without a slash names a volume of the project. */
function readVolume(text: string, field: string): NonNullable<ServiceCreation['bindings']>[number] {
  const parts = text.split(':');
  const [first = '', second, mode] = parts;
  if (parts.length > 3 || (mode !== undefined && mode !== 'ro' && mode !== 'rw')) {
    throw invalid(field, `${field}: "${text}" is not [HOST:]CONTAINER[:ro].`);
  }
  return {
    host_path: second === undefined ? null : first,
    container_path: second ?? first,
    rewritable: mode !== 'ro',
    volumes_from: null,
    volume: undefined,
  };
}

const readSwap = (value: string | number, field: string): number =>
  String(value).trim() === '-1' ? -1 : parseBytes(field, String(value)) / mebibyte;
