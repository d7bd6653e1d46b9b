import { networkInterfaces } from 'node:os';
import { LaunchError } from '#libs/launch/launch-error.js';
import { run } from '#libs/launch/process/run.js';

const linkMtu = 1500;

/**
 * The network that joins the machines of a lab: a bridge in a namespace of its own, so that neither this machine's
 * routes nor its packet filter have a say, with one link to this machine and one to each of the others.
 */
export class LabSwitch {
  readonly netName: string;
  private readonly machineLink: string;

  constructor(
    id: string,
    /** Third byte of 10.200.x.0/24. */
    private readonly third: number,
  ) {
    this.netName = `phl-${id}`;
    this.machineLink = `phl${id}`;
  }

  /** The first third byte of 10.200.x.0/24, from a start that the id gives, that no interface here has. */
  static freeThird(id: string): number {
    const taken = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
    const start = Number.parseInt(id.slice(0, 2), 16);
    for (let step = 0; step < 256; step += 1) {
      const third = (start + step) % 256;
      if (!taken.some((address) => address.startsWith(`10.200.${third}.`))) return third;
    }
    throw new LaunchError('Every /24 of 10.200.0.0/16 is in use on this machine.');
  }

  /** Of this machine, where the control plane answers. */
  get machineAddress(): string {
    return this.address(1);
  }

  get range(): string {
    return `10.200.${this.third}.0/24`;
  }

  /** @param host last byte: 1 is this machine, 2 to 9 outside clients, 11 to 99 nodes, the rest is free for tests */
  address(host: number): string {
    return `10.200.${this.third}.${host}`;
  }

  async make(): Promise<void> {
    await run('ip', ['netns', 'add', this.netName]);
    await this.ip('link', 'set', 'lo', 'up');
    await this.ip('link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0');
    await this.ip('link', 'set', 'br0', 'mtu', String(linkMtu), 'up');
    // A machine with Docker would send bridged packets through the packet filter, also in new namespaces.
    const off = 'for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$f" ] || echo 0 > "$f"; done';
    await run('nsenter', [`--net=/run/netns/${this.netName}`, '--', 'sh', '-c', off]);
    await run('ip', [
      'link',
      'add',
      this.machineLink,
      'type',
      'veth',
      'peer',
      'name',
      'machine',
      'netns',
      this.netName,
    ]);
    await this.ip('link', 'set', 'machine', 'master', 'br0', 'up');
    await run('ip', ['address', 'add', `${this.machineAddress}/24`, 'dev', this.machineLink]);
    await run('ip', ['link', 'set', this.machineLink, 'up']);
  }

  /** Gives a machine of the lab its `eth0`, plugged in under the port's name. */
  async plug(netName: string, port: string, host: number): Promise<void> {
    await this.ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netName);
    await this.ip('link', 'set', port, 'master', 'br0', 'up');
    const inside = ['-n', netName];
    await run('ip', [...inside, 'address', 'add', `${this.address(host)}/24`, 'dev', 'eth0']);
    // A machine that was off comes back with the same card: others would still send to the old one for a while.
    const card = ['0a', 'c8', ...[this.third, host].map((byte) => byte.toString(16).padStart(2, '0'))];
    await run('ip', [...inside, 'link', 'set', 'eth0', 'address', ['02', '00', ...card].join(':')]);
    await run('ip', [...inside, 'link', 'set', 'eth0', 'mtu', String(linkMtu), 'up']);
    await run('ip', [...inside, 'route', 'add', 'default', 'via', this.machineAddress]);
  }

  async unplug(port: string): Promise<void> {
    await run('ip', ['-n', this.netName, 'link', 'delete', port], { accept: [0, 1] });
  }

  /** A cable that is pulled: the machine's own side stays up, as it does behind a real switch. */
  async cut(port: string): Promise<void> {
    await this.ip('link', 'set', port, 'nomaster');
  }

  async restore(port: string): Promise<void> {
    await this.ip('link', 'set', port, 'master', 'br0', 'up');
  }

  async remove(): Promise<void> {
    await run('ip', ['link', 'delete', this.machineLink], { accept: [0, 1] });
    await run('ip', ['netns', 'delete', this.netName], { accept: [0, 1] });
  }

  private async ip(...args: string[]): Promise<void> {
    await run('ip', ['-n', this.netName, ...args]);
  }
}
