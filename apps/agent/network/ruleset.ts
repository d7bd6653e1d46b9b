import { bridgePrefix, tableName, tunnelPrefix } from '#libs/domain/network/device-names.js';
import { type LocalContainer, type NodePlace, residents } from './desired.js';
import { bridgeName, nameServer, probePort, tunnelName, vxlanPort } from './overlay.names.js';
import { inward, outward, publicAddresses } from './public.addresses.js';
import type { ProjectNetwork } from './project.network.js';

const bridges = `"${bridgePrefix}*"`;
const tunnels = `"${tunnelPrefix}*"`;
const outsideOf = `{ ${bridges}, ${tunnels}, "lo" }`;

/**
 * The packet filter that keeps projects apart, as one text for `nft -f`: the whole table is replaced at once, so
 * there is no moment without it. Devices are met by the start of their names: one of ours that the sets do not
 * list is cut off, not let through.
 */
export function ruleset(
  place: NodePlace,
  networks: readonly ProjectNetwork[],
  locals: readonly LocalContainer[],
): string {
  const sets = elements(place, networks, locals);
  const table = tableName(place.nodeId);
  const addresses = publicAddresses(networks);
  return `table inet ${table}
delete table inet ${table}
table inet ${table} {
  # From which of our devices packets may go on to which.
  ${set('ways', 'ifname . ifname', sets.ways)}
  # Containers of this node, each on its project's bridge.
  ${set('residents', 'ifname . ipv4_addr', sets.residents)}
  # Who may speak through a project's tunnel: containers of other nodes, and the nodes themselves.
  ${set('distant', 'ifname . ipv4_addr', sets.distant)}
  ${set('nodes', 'ifname . ipv4_addr', sets.nodes)}
  # This node's own addresses in a project's network.
  ${set('own', 'ifname . ipv4_addr', sets.own)}
  ${set('peers', 'ipv4_addr', sets.peers)}
  ${set('ranges', 'ipv4_addr', sets.ranges, 'flags interval; auto-merge; ')}
  # Of the outside, each a container's.
  ${set('public', 'ipv4_addr', sets.public)}

  chain forward {
    type filter hook forward priority filter - 10; policy accept;
    ip daddr @peers udp dport ${vxlanPort} drop
    iifname ${bridges} jump from_bridge
    iifname ${tunnels} jump from_tunnel
    oifname ${bridges} jump to_bridge
    oifname ${tunnels} iifname . oifname != @ways drop
  }
  chain from_bridge {
    meta nfproto ipv6 drop
    iifname . ip saddr != @residents drop
  }
  chain from_tunnel {
    meta nfproto ipv6 drop
    iifname . ip saddr != @distant drop
    iifname . oifname != @ways drop
  }
  chain to_bridge {
    iifname . oifname @ways accept
    ct state established,related accept
    ct status dnat accept
    drop
  }

  chain input {
    type filter hook input priority filter - 10; policy accept;
    udp dport ${vxlanPort} jump vxlan_in
    iifname ${bridges} jump bridge_in
    iifname ${tunnels} jump tunnel_in
    udp dport ${probePort} iifname != { ${tunnels}, "lo" } drop
    # What is not led on to the container is not for this node's own programs either.
    ip daddr @public drop
  }
  chain vxlan_in {
    iifname { ${bridges}, ${tunnels} } drop
    ip saddr != @peers drop
  }
  chain bridge_in {
    meta nfproto ipv6 drop
    iifname . ip saddr != @residents drop
    ip daddr @ranges iifname . ip daddr != @own drop
    udp dport ${probePort} drop
  }
  chain tunnel_in {
    meta nfproto ipv6 drop
    iifname . ip saddr != @distant drop
    iifname . ip daddr != @own drop
    ct state established,related accept
    iifname . ip saddr != @nodes drop
  }
  chain output {
    type filter hook output priority filter - 10; policy accept;
    # While the name service starts again, a question is asked once more; an error would be passed on to the program.
    ip saddr ${nameServer} icmp type destination-unreachable drop
  }
  chain public_in {
    type nat hook prerouting priority dstnat - 10; policy accept;
    ${lines(inward(addresses))}
  }
  chain public_from_here {
    type nat hook output priority -110; policy accept;
    ${lines(inward(addresses))}
  }
  chain way_out {
    type nat hook postrouting priority srcnat - 10; policy accept;
    # By a public address to a container of this node: else the answer would not come back this way.
    ct status dnat ip saddr @ranges ip daddr @ranges masquerade
    ${lines(outward(addresses, outsideOf))}
    ip saddr @ranges oifname != ${outsideOf} masquerade
  }
}
`;
}

function elements(place: NodePlace, networks: readonly ProjectNetwork[], locals: readonly LocalContainer[]) {
  const sets = {
    ways: [] as string[],
    residents: [] as string[],
    distant: [] as string[],
    nodes: [] as string[],
    own: [] as string[],
    peers: new Set<string>(),
    ranges: [] as string[],
    public: publicAddresses(networks).map(({ address }) => address),
  };
  for (const network of networks) {
    const [bridge, tunnel] = [`"${bridgeName(network.vni)}"`, `"${tunnelName(network.vni)}"`];
    const { local, remote } = residents(network, place.nodeId, locals);
    sets.ways.push(`${bridge} . ${bridge}`, `${bridge} . ${tunnel}`, `${tunnel} . ${bridge}`);
    sets.residents.push(...local.map((address) => `${bridge} . ${address}`));
    sets.distant.push(...remote.map(({ address }) => `${tunnel} . ${address}`));
    for (const peer of network.peers.filter(({ nodeId }) => nodeId !== place.nodeId)) {
      sets.distant.push(`${tunnel} . ${peer.nodeAddress}`);
      sets.nodes.push(`${tunnel} . ${peer.nodeAddress}`);
      sets.peers.add(peer.underlayAddress);
    }
    sets.own.push(`${bridge} . ${network.gateway}`, `${bridge} . ${network.nodeAddress}`);
    sets.own.push(`${tunnel} . ${network.nodeAddress}`);
    sets.ranges.push(network.range);
  }
  return sets;
}

const lines = (all: readonly string[]): string => all.join('\n    ');

const set = (name: string, type: string, members: Iterable<string>, flags = ''): string => {
  const list = [...members];
  const content = list.length === 0 ? '' : ` elements = { ${list.join(', ')} }`;
  return `set ${name} { type ${type}; ${flags}${content} }`;
};
