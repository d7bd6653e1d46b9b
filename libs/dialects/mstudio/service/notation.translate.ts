import type { Mount, PortMapping } from '#libs/domain/container/template.js';
import { DomainError, invalid } from '#libs/domain/error.js';

const portNotation = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/i;
const outwardName = /^outward-(\d{1,5})$/;

/**
 * `80`, `80/tcp`, `8080:80/tcp`: reachable within the project, at the container's own port. The first number is kept
 * for the way back only, because a project's network does not translate ports.
 */
export function readPort(field: string, notation: string): PortMapping {
  const match = portNotation.exec(notation.trim());
  const [outward, inward] = [Number(match?.[1] ?? match?.[2]), Number(match?.[2])];
  if (!match || ![outward, inward].every((port) => port >= 1 && port <= 65_535)) {
    throw invalid(field, `"${notation}" is not a port: give <port>/<protocol> or <public-port>:<port>/<protocol>.`);
  }
  return {
    containerPort: inward,
    protocol: match[3]?.toLowerCase() === 'udp' ? 'udp' : 'tcp',
    published: false,
    hostPort: null,
    name: outward === inward ? null : `outward-${outward}`,
  };
}

/** The first number of the notation, if there is one. */
export function outwardOf({ name, hostPort }: PortMapping): number | null {
  const given = outwardName.exec(name ?? '')?.[1];
  return given === undefined ? hostPort : Number(given);
}

export function writePort(port: PortMapping): string {
  const outward = outwardOf(port);
  return `${outward === null ? '' : `${outward}:`}${port.containerPort}/${port.protocol}`;
}

/** `name:/path` with an optional `:ro` or `:rw`. `nameOf` gives the volume that a key of the declaration stands for. */
export function readMount(field: string, notation: string, nameOf: (key: string) => string): Mount {
  const [source = '', target = '', mode, ...more] = notation.split(':');
  if (source.startsWith('/') || source.startsWith('.') || source.startsWith('~')) {
    throw new DomainError(
      'unsupported',
      `"${notation}": a project has no file system of its own here; mount a named volume.`,
      { field },
    );
  }
  if (!source || !target.startsWith('/') || more.length || (mode !== undefined && mode !== 'ro' && mode !== 'rw')) {
    throw invalid(field, `"${notation}" is not a mount: give <volume>:<path>, with :ro for reading only.`);
  }
  return { kind: 'volume', volume: nameOf(source), perInstance: false, target, readOnly: mode === 'ro' };
}

/** Mounts that this notation has no words for, made through other APIs, are not shown. */
export const writeMount = (mount: Mount): string[] =>
  mount.kind === 'volume' && mount.volume !== null
    ? [`${mount.volume}:${mount.target}${mount.readOnly ? ':ro' : ''}`]
    : [];

export function readCpus(field: string, text: string): number {
  const match = /^\d{1,4}(?:\.\d{1,9})?$/.exec(text.trim());
  const milli = match ? Math.round(Number(match[0]) * 1000) : 0;
  if (milli < 1) throw invalid(field, `"${text}" is not a number of CPUs: give a decimal number such as 0.5.`);
  return milli;
}

export const writeCpus = (milliCpu: number): string => String(milliCpu / 1000);

const units: readonly [unit: string, bytes: number][] = [
  ['gb', 1024 ** 3],
  ['mb', 1024 ** 2],
  ['kb', 1024],
];

/** The largest unit that leaves a whole number. */
export function writeMemory(bytes: number): string {
  const [unit, factor] = units.find(([, each]) => bytes % each === 0) ?? ['b', 1];
  return `${bytes / factor}${unit}`;
}
