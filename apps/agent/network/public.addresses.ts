import type { ProjectNetwork, PublicAddress } from './project.network.js';

/** What the networks give this node, each address once. */
export function publicAddresses(networks: readonly ProjectNetwork[]): PublicAddress[] {
  const found = new Map<string, PublicAddress>();
  for (const network of networks) for (const one of network.publicAddresses) found.set(one.address, one);
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** Lines of the packet filter that lead packets for a public address to its container. */
export const inward = (addresses: readonly PublicAddress[]): string[] =>
  addresses.flatMap(({ address, privateAddress, allPorts, ports }) => {
    if (allPorts) return [`ip daddr ${address} dnat ip to ${privateAddress}`];
    return (['tcp', 'udp'] as const).flatMap((protocol) => {
      const open = ports.filter((one) => one.protocol === protocol).map(({ port }) => port);
      if (open.length === 0) return [];
      return [
        `ip daddr ${address} ${protocol} dport { ${[...new Set(open)].join(', ')} } dnat ip to ${privateAddress}`,
      ];
    });
  });

/** Lines that let what a container sends to the outside come from its public address; of several, the first. */
export function outward(addresses: readonly PublicAddress[], inside: string): string[] {
  const sources = new Map<string, string>();
  for (const { address, privateAddress } of addresses) {
    if (!sources.has(privateAddress)) sources.set(privateAddress, address);
  }
  return [...sources].map(([from, address]) => `ip saddr ${from} oifname != ${inside} snat ip to ${address}`);
}
