import type { NodePlace } from './desired.js';
import type { KernelPort } from './kernel.port.js';
import { vxlanOverhead, vxlanPort } from './overlay.names.js';
import { isAddress } from './project.network.js';

interface LinkAnswer {
  ifname: string;
  mtu: number;
  addr_info?: { family: string; local: string }[];
}

/** What the node's own network says of where packets between nodes go. Throws a sentence for the operator. */
export async function findPlace(kernel: KernelPort, nodeId: string, given: string): Promise<NodePlace> {
  if (!isAddress(given)) {
    throw new Error(`"${given}" is no IPv4 address: set PIERHEAD_UNDERLAY_ADDRESS to one that other nodes reach.`);
  }
  const links = JSON.parse((await kernel.run('ip', ['-j', 'addr', 'show'])).stdout || '[]') as LinkAnswer[];
  const routes = (await kernel.run('ip', ['-j', '-4', 'route', 'show', 'default'])).stdout || '[]';
  const way = (JSON.parse(routes) as { dev?: string }[])[0]?.dev;
  const outside = links.find(({ ifname }) => ifname === way);
  const own = links.find(({ addr_info = [] }) => addr_info.some(({ local }) => local === given));
  if (!own) throw new Error(`No device of this node has the address ${given}: set PIERHEAD_UNDERLAY_ADDRESS.`);
  // Over loopback nobody else is reached: where there is a way to others, that one is told.
  const reachable = own.ifname === 'lo' ? outside?.addr_info?.find(({ family }) => family === 'inet')?.local : given;
  const mtu = Math.min(own.mtu, outside?.mtu ?? own.mtu) - vxlanOverhead;
  return {
    nodeId,
    underlayAddress: reachable ?? given,
    outside: way ?? (own.ifname === 'lo' ? null : own.ifname),
    mtu,
  };
}

/** Why this node can't take part in private networks over nodes, by trying; null when it can. */
export async function overlayRefusal(kernel: KernelPort): Promise<string | null> {
  const trials: [what: string, command: string, args: string[], input?: string][] = [
    ['The kernel has no VXLAN, or this is not root', 'ip', ['link', 'add', 'name', trial, ...vxlan]],
    ['The packet filter can’t be changed', 'nft', ['-f', '-'], `table inet ${trial}\ndelete table inet ${trial}\n`],
    ['Neighbours can’t be told of addresses that move', 'arping', ['-V']],
  ];
  try {
    for (const [what, command, args, input] of trials) {
      const { code, stderr } = await kernel.run(command, args, input);
      if (code === 127) return `The program "${command}" is missing (Debian: iproute2, nftables, iputils-arping).`;
      if (code !== 0) return `${what}: ${stderr.trim().split('\n')[0] ?? ''}`;
    }
    return null;
  } finally {
    await kernel.run('ip', ['link', 'delete', 'dev', trial]);
  }
}

const trial = 'pierhead_trial';
const vxlan = ['type', 'vxlan', 'id', '16777215', 'dstport', String(vxlanPort)];
