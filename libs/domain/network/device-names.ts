/**
 * What private networks are called in a node's kernel. Everything of ours is found again by these names and numbers,
 * and nothing else is ever touched.
 */
export const bridgePrefix = 'phb';
export const tunnelPrefix = 'phx';
/** Of our addresses on the loopback device. */
export const loopbackLabel = 'lo:pierhead';
/** Of our routes, in /etc/iproute2/rt_protos' numbers: no routing daemon's. */
export const routeProtocol = '158';

/** The packet filter's table of a node. */
export const tableName = (nodeId: string): string => `pierhead_${nodeId.replaceAll('-', '').slice(0, 8)}`;
