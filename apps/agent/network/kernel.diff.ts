import { loopbackLabel, routeProtocol } from '#libs/domain/network/device-names.js';
import type { Bridge, Forwarding, KernelState, Neighbour, Route, Tunnel } from './kernel.state.js';
import { vxlanPort } from './overlay.names.js';

/** Lines for `ip -batch` and then `bridge -batch` that lead from one state to the other; none when they agree. */
export interface KernelCommands {
  ip: string[];
  bridge: string[];
}

/** Behind every other route to the same range, such as the bridge's own. */
const lastMetric = 65_535;

export function kernelCommands(actual: KernelState, desired: KernelState): KernelCommands {
  const tunnels = compare(actual.tunnels, desired.tunnels, ({ name }) => name);
  const bridges = compare(actual.bridges, desired.bridges, ({ name }) => name);
  const loopback = compare(actual.loopback, desired.loopback, ({ address }) => address);
  const routes = compare(actual.routes, desired.routes, ({ destination }) => destination);
  const neighbours = compare(actual.neighbours, desired.neighbours, (one) => `${one.device} ${one.address}`);
  const forwardings = compare(actual.forwardings, desired.forwardings, (one) => `${one.device} ${one.mac}`);
  // With a device go its routes and entries, and with an address those routes that leave with it as their source.
  const torn = new Set([...tunnels.gone, ...tunnels.changed.map(({ before }) => before)].map(({ name }) => name));
  const redone = <T extends { device: string | null }>(all: readonly T[]) =>
    all.filter(({ device }) => device !== null && torn.has(device));
  const kept = <T extends { device: string | null }>(all: readonly T[]) =>
    all.filter(({ device }) => device === null || !torn.has(device));
  return {
    ip: [
      ...loopback.added.map(({ address }) => `addr replace ${address} dev lo label ${loopbackLabel}`),
      ...loopback.gone.map(({ address }) => `addr delete ${address} dev lo`),
      ...tunnels.gone.map(({ name }) => `link delete dev ${name}`),
      ...bridges.gone.map(({ name }) => `link delete dev ${name}`),
      ...bridges.added.flatMap((bridge) => [`link add name ${bridge.name} type bridge`, ...setBridge(bridge)]),
      ...bridges.changed.flatMap(({ before, after }) => [
        ...(before.address === '' || before.address === after.address
          ? []
          : [`addr del ${before.address} dev ${after.name}`]),
        ...setBridge(after),
      ]),
      ...tunnels.changed.map(({ after }) => `link delete dev ${after.name}`),
      ...[...tunnels.added, ...tunnels.changed.map(({ after }) => after)].flatMap(addTunnel),
      ...unique([...routes.added, ...routes.changed.map(({ after }) => after), ...redone(desired.routes)])
        // Whoever is gone through has to be there before.
        .sort((a, b) => Number(a.via !== null) - Number(b.via !== null))
        .map((route) => `route replace ${routeText(route)}`),
      ...kept(routes.gone).map((route) => `route delete ${routeText(route)}`),
      ...unique([
        ...neighbours.added,
        ...neighbours.changed.map(({ after }) => after),
        ...redone(desired.neighbours),
      ]).map(
        ({ device, address, mac }: Neighbour) => `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`,
      ),
      ...kept(neighbours.gone).map(({ device, address }) => `neigh delete ${address} dev ${device}`),
    ],
    bridge: [
      ...kept(forwardings.gone).map(({ device, mac }) => `fdb delete ${mac} dev ${device}`),
      ...unique([
        ...forwardings.added,
        ...forwardings.changed.map(({ after }) => after),
        ...redone(desired.forwardings),
      ]).map(
        ({ device, mac, destination }: Forwarding) =>
          `fdb replace ${mac} dev ${device} dst ${destination} self permanent`,
      ),
    ],
  };
}

const setBridge = ({ name, mac, mtu, address }: Bridge): string[] => [
  `link set dev ${name} address ${mac} mtu ${mtu} up`,
  `addr replace ${address} dev ${name}`,
];

const addTunnel = ({ name, mac, mtu, vni, local, address }: Tunnel): string[] => [
  `link add name ${name} address ${mac} mtu ${mtu} type vxlan id ${vni} local ${local} dstport ${vxlanPort} nolearning`,
  `addr replace ${address} dev ${name}`,
  `link set dev ${name} up`,
];

function routeText({ destination, unreachable, device, via, source }: Route): string {
  if (unreachable) return `unreachable ${destination} metric ${lastMetric} proto ${routeProtocol}`;
  const way = via === null ? `dev ${device} scope link` : `via ${via} dev ${device} onlink`;
  return `${destination} ${way} src ${source} proto ${routeProtocol}`;
}

interface Comparison<T> {
  added: T[];
  gone: T[];
  changed: { before: T; after: T }[];
}

/** Objects are flat, so their text is their value. */
function compare<T extends object>(
  actual: readonly T[],
  desired: readonly T[],
  key: (one: T) => string,
): Comparison<T> {
  const before = new Map(actual.map((one) => [key(one), one]));
  const result: Comparison<T> = { added: [], gone: [], changed: [] };
  for (const after of desired) {
    const held = before.get(key(after));
    before.delete(key(after));
    if (!held) result.added.push(after);
    else if (textOf(held) !== textOf(after)) result.changed.push({ before: held, after });
  }
  result.gone = [...before.values()];
  return result;
}

const textOf = (one: object): string => JSON.stringify(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
const unique = <T extends object>(all: readonly T[]): T[] => [
  ...new Map(all.map((one) => [textOf(one), one])).values(),
];
