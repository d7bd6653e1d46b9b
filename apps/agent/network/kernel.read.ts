import { bridgePrefix, loopbackLabel, tunnelPrefix } from '#libs/domain/network/device-names.js';
import type { KernelState } from './kernel.state.js';

interface LinkAnswer {
  ifname: string;
  address?: string;
  mtu?: number;
  flags?: string[];
  linkinfo?: { info_kind?: string; info_data?: { id?: number; local?: string } };
  addr_info?: { family: string; local: string; prefixlen: number; label?: string }[];
}
interface RouteAnswer {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  prefsrc?: string;
}
interface NeighbourAnswer {
  dst: string;
  dev: string;
  lladdr?: string;
}
interface ForwardingAnswer {
  mac: string;
  ifname: string;
  dst?: string;
  state?: string;
}

/** What `ip -j` and `bridge -j` print; empty where there is nothing. */
export interface KernelAnswers {
  /** Of all families: asked for one, `ip` leaves out devices without an address. */
  addresses: string;
  routes: string;
  neighbours: string;
  forwardings: string;
}

const parse = <T>(text: string): T[] => (text.trim() === '' ? [] : (JSON.parse(text) as T[]));
const isBridge = (name: string) => name.startsWith(bridgePrefix);
const isTunnel = (name: string) => name.startsWith(tunnelPrefix);

/** Of ours only. A device that is down, or of a kind it should not be, counts as one without an address. */
export function readKernel(answers: KernelAnswers): KernelState {
  const links = parse<LinkAnswer>(answers.addresses);
  return {
    bridges: links
      .filter(({ ifname }) => isBridge(ifname))
      .map((link) => ({ ...common(link), ...kind(link, 'bridge') })),
    tunnels: links
      .filter(({ ifname }) => isTunnel(ifname))
      .map((link) => ({
        ...common(link),
        ...kind(link, 'vxlan'),
        vni: link.linkinfo?.info_data?.id ?? 0,
        local: link.linkinfo?.info_data?.local ?? '',
      })),
    loopback: links
      .filter(({ ifname }) => ifname === 'lo')
      .flatMap(({ addr_info = [] }) => addr_info.filter(({ label }) => label === loopbackLabel))
      .map(({ local, prefixlen }) => ({ address: `${local}/${prefixlen}` })),
    routes: parse<RouteAnswer>(answers.routes).map((route) => ({
      destination: route.dst,
      unreachable: route.type === 'unreachable',
      // An unreachable one has a device by name only.
      device: route.type === 'unreachable' ? null : (route.dev ?? null),
      via: route.gateway ?? null,
      source: route.prefsrc ?? null,
    })),
    neighbours: parse<NeighbourAnswer>(answers.neighbours)
      .filter(({ dev }) => isTunnel(dev))
      .map(({ dev, dst, lladdr }) => ({ device: dev, address: dst, mac: lladdr ?? '' })),
    forwardings: parse<ForwardingAnswer>(answers.forwardings)
      .filter(({ ifname, dst }) => isTunnel(ifname) && dst !== undefined)
      .map(({ ifname, mac, dst }) => ({ device: ifname, mac, destination: dst ?? '' })),
  };
}

const common = (link: LinkAnswer) => ({ name: link.ifname, mac: link.address ?? '', mtu: link.mtu ?? 0 });

function kind(link: LinkAnswer, wanted: string): { address: string } {
  const own = link.addr_info?.filter(({ family }) => family === 'inet') ?? [];
  const good = link.linkinfo?.info_kind === wanted && (link.flags ?? []).includes('UP');
  return { address: good && own[0] ? `${own[0].local}/${own[0].prefixlen}` : '' };
}
