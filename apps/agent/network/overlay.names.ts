import { createHash } from 'node:crypto';
import { bridgePrefix, tunnelPrefix } from '#libs/domain/network/device-names.js';

export const bridgeName = (vni: number): string => `${bridgePrefix}${vni}`;
export const tunnelName = (vni: number): string => `${tunnelPrefix}${vni}`;
export const vxlanPort = 4789;
/** Where agents answer each other's probes, inside the projects' networks. */
export const probePort = 54790;
/** Of the agent's name service, on every node. */
export const nameServer = '169.254.53.53';

/** What VXLAN puts around a packet: IPv4, UDP, its own header and the inner Ethernet's. */
export const vxlanOverhead = 50;

/** Of a node's end of every tunnel: every other node can tell it without asking. */
export const nodeMac = (nodeId: string): string => {
  const bytes = createHash('sha256').update(nodeId).digest().subarray(0, 4);
  return `02:70:${hex(bytes)}`;
};

/** Fixed, so that containers' memory of their gateway stays good when the bridge is made anew. */
export const bridgeMac = (vni: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(vni);
  return `02:62:${hex(bytes)}`;
};

/** Of a container, made of its address: who takes over an address is met under it at once. */
export const containerMac = (address: string): string => `02:42:${hex(Buffer.from(address.split('.').map(Number)))}`;

const hex = (bytes: Buffer): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
