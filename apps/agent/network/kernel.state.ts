/** What the kernel holds of the projects' networks, or is to hold. Names and addresses are as `ip` prints them. */
export interface KernelState {
  bridges: Bridge[];
  tunnels: Tunnel[];
  routes: Route[];
  neighbours: Neighbour[];
  forwardings: Forwarding[];
  /** Ours on the loopback device. */
  loopback: { address: string }[];
}

/** Of one project on this node; its containers' links are the engine's. */
export interface Bridge {
  name: string;
  mac: string;
  mtu: number;
  /** With the range's length. */
  address: string;
}

export interface Tunnel {
  name: string;
  mac: string;
  mtu: number;
  vni: number;
  /** Of this node on the underlay. */
  local: string;
  /** Of this node in the project's range, with /32. */
  address: string;
}

export interface Route {
  /** An address, or a range that is unreachable as a whole. */
  destination: string;
  unreachable: boolean;
  device: string | null;
  via: string | null;
  source: string | null;
}

/** Of the other end of a tunnel. */
export interface Neighbour {
  device: string;
  address: string;
  mac: string;
}

/** Where a tunnel's packets for a hardware address go. */
export interface Forwarding {
  device: string;
  mac: string;
  destination: string;
}
