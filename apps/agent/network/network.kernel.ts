import { bridgePrefix, routeProtocol, tunnelPrefix } from '#libs/domain/network/device-names.js';
import { Announcer } from './announcer.js';
import { kernelCommands } from './kernel.diff.js';
import type { KernelPort } from './kernel.port.js';
import { readKernel } from './kernel.read.js';
import type { KernelState } from './kernel.state.js';

/** All that the kernel is to hold. */
export interface KernelTarget {
  state: KernelState;
  /** Text for `nft -f` that replaces the whole table. */
  ruleset: string;
  table: string;
  /** Docker's filter drops what it did not make itself. */
  docker: boolean;
  /** Addresses without a container here that may be remembered as one of here. */
  moved: readonly { bridge: string; address: string }[];
  /** Public addresses of this node, and the device that others learn of them on; null: none is known. */
  published: readonly string[];
  outside: string | null;
}

const forwardRules = [
  ['-i', `${tunnelPrefix}+`, '-o', `${bridgePrefix}+`, '-j', 'ACCEPT'],
  ['-o', `${bridgePrefix}+`, '-m', 'conntrack', '--ctstate', 'DNAT', '-j', 'ACCEPT'],
];
const attempts = 3;

/**
 * Makes the kernel hold what it is to hold, with as few commands as that takes: against what was made last, or,
 * when told to look, against what is really there.
 */
export class NetworkKernel {
  private readonly announcer: Announcer;
  private made: KernelState | null = null;
  private published = new Set<string>();
  private ruleset = '';
  /** As `nft` listed it right after it was made. */
  private listed = '';

  constructor(private readonly kernel: KernelPort) {
    this.announcer = new Announcer(kernel);
  }

  /** Resolves when everybody was told what there is to tell. */
  idle(): Promise<void> {
    return this.announcer.idle();
  }

  /** A packet filter of ours is in force; whether it is the latest is said by the problems of a run. */
  get guarded(): boolean {
    return this.ruleset !== '';
  }

  /** Sentences on what could not be done. @returns also whether anything had to be changed */
  async apply(target: KernelTarget, look: boolean): Promise<{ changed: boolean; problems: string[] }> {
    const problems: string[] = [];
    // The filter first: nothing new is reachable before it is guarded.
    const filtered = await this.filter(target, look, problems);
    const devices = await this.devices(target.state, look, problems);
    const set = await this.settings(target.state, problems);
    if (target.docker && (look || devices)) await this.admitForwarding(problems);
    // Neighbours that remember the hardware address of a container which is gone learn that the bridge has it now.
    for (const { bridge, address } of target.moved) this.announcer.announce(bridge, address, false);
    this.publish(target);
    return { changed: filtered || devices || set, problems };
  }

  private async filter({ ruleset, table }: KernelTarget, look: boolean, problems: string[]): Promise<boolean> {
    if (ruleset === this.ruleset && (!look || (await this.list(table)) === this.listed)) return false;
    const { code, stderr } = await this.kernel.run('nft', ['-f', '-'], ruleset);
    if (code !== 0) {
      this.ruleset = '';
      problems.push(`The packet filter could not be set: ${firstLine(stderr)}`);
      return true;
    }
    this.ruleset = ruleset;
    this.listed = await this.list(table);
    return true;
  }

  /** Sets have no order of their own. */
  private async list(table: string): Promise<string> {
    const { code, stdout } = await this.kernel.run('nft', ['list', 'table', 'inet', table]);
    return code === 0
      ? stdout
          .split(/[\s,]+/)
          .sort()
          .join(' ')
      : '';
  }

  private async devices(state: KernelState, look: boolean, problems: string[]): Promise<boolean> {
    let actual = look ? null : this.made;
    let changed = false;
    for (let attempt = 1; ; attempt += 1) {
      actual ??= await this.read();
      const { ip, bridge } = kernelCommands(actual, state);
      if (ip.length === 0 && bridge.length === 0) {
        this.made = state;
        return changed;
      }
      changed = true;
      const failures = [await this.batch('ip', ip), await this.batch('bridge', bridge)].join('');
      if (failures === '') {
        this.made = state;
        return changed;
      }
      // Engines take their bridges away whenever they like: what failed may be right by now.
      this.made = null;
      actual = null;
      if (attempt === attempts) {
        problems.push(`The project networks could not be made whole: ${firstLine(failures)}`);
        return changed;
      }
    }
  }

  private async batch(command: string, lines: readonly string[]): Promise<string> {
    if (lines.length === 0) return '';
    const { code, stderr } = await this.kernel.run(command, ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
    return code === 0 ? '' : stderr || `${command} ended with ${code}`;
  }

  private async read(): Promise<KernelState> {
    const text = async (command: string, ...args: string[]) => (await this.kernel.run(command, args)).stdout;
    const [addresses, routes, neighbours, forwardings] = await Promise.all([
      text('ip', '-j', '-d', 'addr', 'show'),
      text('ip', '-j', '-4', 'route', 'show', 'proto', routeProtocol),
      text('ip', '-j', '-4', 'neigh', 'show', 'nud', 'permanent'),
      text('bridge', '-j', 'fdb', 'show'),
    ]);
    return readKernel({ addresses, routes, neighbours, forwardings });
  }

  /** A device that has just come has the machine's defaults. */
  private async settings(state: KernelState, problems: string[]): Promise<boolean> {
    const bridges = state.bridges.map(({ name }) => name);
    const wanted: [string, string][] = [
      ['ipv4/ip_forward', '1'],
      ...bridges.flatMap((name): [string, string][] => [
        // Containers ask the whole range by ARP; the bridge answers for those that are elsewhere, at once.
        [`ipv4/conf/${name}/proxy_arp`, '1'],
        [`ipv4/neigh/${name}/proxy_delay`, '0'],
      ]),
      ...[...bridges, ...state.tunnels.map(({ name }) => name)].map((name): [string, string] => [
        `ipv6/conf/${name}/disable_ipv6`,
        '1',
      ]),
    ];
    let changed = false;
    for (const [path, value] of wanted) {
      const present = await this.kernel.readSetting(path);
      if (present === null || present === value) continue;
      changed = true;
      try {
        await this.kernel.writeSetting(path, value);
      } catch (error) {
        problems.push(`The kernel's setting net/${path} could not be set: ${(error as Error).message}`);
      }
    }
    return changed;
  }

  private async admitForwarding(problems: string[]): Promise<void> {
    const chain = 'DOCKER-USER';
    if ((await this.kernel.run('iptables', ['-w', '-S', chain])).code !== 0) return;
    for (const rule of forwardRules) {
      if ((await this.kernel.run('iptables', ['-w', '-C', chain, ...rule])).code === 0) continue;
      const { code, stderr } = await this.kernel.run('iptables', ['-w', '-I', chain, ...rule]);
      if (code !== 0) problems.push(`Docker's filter could not be opened for project networks: ${firstLine(stderr)}`);
    }
  }

  /** Tells the outside's neighbours where an address is that has just come to this node. */
  private publish({ published, outside }: KernelTarget): void {
    const come = published.filter((address) => !this.published.has(address));
    this.published = new Set(published);
    if (outside === null) return;
    for (const address of come) this.announcer.announce(outside, address, true);
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
