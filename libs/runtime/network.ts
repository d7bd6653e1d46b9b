import type { Labels } from './labels.js';

export interface RuntimeNetworkSpec {
  name: string;
  labels: Labels;
  /** IPv4 in CIDR form; the engine chooses one when absent. */
  subnet?: string;
  gateway?: string;
  /** No way out of the network. */
  internal?: boolean;
  /** The bridge's largest packet in bytes. */
  mtu?: number;
  /**
   * The name of its bridge on the node, which is used as it is found. Such a network is the caller's: the engine
   * answers no names in it, and Docker translates no addresses of what leaves it.
   */
  bridge?: string;
}

export interface RuntimeNetwork {
  engineId: string;
  name: string;
  labels: Labels;
  subnet: string | null;
  gateway: string | null;
  internal: boolean;
}
