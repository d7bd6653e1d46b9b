import type { Variable } from '#libs/domain/discovery/naming.js';
import { isSecret } from './secret-variable.js';

export interface LinkedPort {
  containerPort: number;
  protocol: 'tcp' | 'udp';
}

/** One container at the other end of a link. */
export interface LinkedContainer {
  id: string;
  ordinal: number;
  address: string;
  /** Its own variables, which the link copies. */
  environment: readonly Variable[];
}

export interface Link {
  alias: string;
  /** Copy variables that are taken for secrets, too. */
  secrets: boolean;
  ports: readonly LinkedPort[];
  /** By ordinal. */
  containers: readonly LinkedContainer[];
}

/** Upper case, and "_" for what a shell does not take in a name. */
export const variablePrefix = (alias: string): string => alias.replace(/[^A-Za-z0-9]/g, '_').toUpperCase();

/** The name of a link's end, `alias_N`. */
export const linkName = (alias: string, ordinal: number): string => `${alias}_${ordinal}`;

/**
 * More than this one link does not bring: an environment beyond what the kernel passes on keeps a container from
 * starting at all. Containers that no longer fit are left out whole; DNS still has them.
 */
export const mostCharacters = 256 * 1024;

/**
 * Docker's variables of a link: `ALIAS_N_PORT`, `ALIAS_N_PORT_80_TCP` with `_ADDR`, `_PORT` and `_PROTO`, and
 * `ALIAS_N_ENV_NAME` for every container, and the first container's once more without a number.
 */
export function linkVariables(link: Link): Variable[] {
  const prefix = variablePrefix(link.alias);
  const [first] = link.containers;
  if (!first) return [];
  const all = ofContainer(prefix, link, first);
  let left = mostCharacters - size(all);
  for (const container of link.containers) {
    const numbered = ofContainer(`${prefix}_${container.ordinal}`, link, container);
    left -= size(numbered);
    if (left < 0) break;
    all.push(...numbered);
  }
  return all;
}

function ofContainer(prefix: string, { ports, secrets }: Link, { address, environment }: LinkedContainer): Variable[] {
  const sorted = [...ports].sort(byDocker);
  const [main] = sorted;
  return [
    ...(main ? [{ name: `${prefix}_PORT`, value: endpoint(main, address) }] : []),
    ...sorted.flatMap((port) => {
      const name = `${prefix}_PORT_${port.containerPort}_${port.protocol.toUpperCase()}`;
      return [
        { name, value: endpoint(port, address) },
        { name: `${name}_ADDR`, value: address },
        { name: `${name}_PORT`, value: String(port.containerPort) },
        { name: `${name}_PROTO`, value: port.protocol },
      ];
    }),
    ...environment
      .filter((variable) => secrets || !isSecret(variable))
      .map(({ name, value }) => ({ name: `${prefix}_ENV_${name}`, value })),
  ];
}

export const endpoint = ({ containerPort, protocol }: LinkedPort, address: string): string =>
  `${protocol}://${address.includes(':') ? `[${address}]` : address}:${containerPort}`;

/** The port without a number in its variable's name is the lowest one, and of two equal ones that of TCP. */
const byDocker = (a: LinkedPort, b: LinkedPort): number =>
  a.containerPort - b.containerPort || a.protocol.localeCompare(b.protocol);

const size = (variables: readonly Variable[]): number =>
  variables.reduce((sum, { name, value }) => sum + name.length + value.length + 2, 0);
