import { createLog } from '#libs/platform/log.js';
import { until } from '../testing/until.js';
import { type CommandResult, KernelPort } from './kernel.port.js';
import { desiredKernel } from './desired.js';
import { type KernelTarget, NetworkKernel } from './network.kernel.js';
import { NetworkProgrammer } from './network.programmer.js';
import { network, place } from './testing/network-fixture.js';

/** Keeps what it was told to do, and lists the packet filter as it was set; holds no devices. */
class FakeKernel extends KernelPort {
  readonly commands: string[] = [];
  failing: string | null = null;
  table = '';
  readonly settings = new Map<string, string>([['ipv4/ip_forward', '0']]);

  async run(command: string, args: readonly string[], input = ''): Promise<CommandResult> {
    const line = [command, ...args].join(' ');
    this.commands.push(line);
    await Promise.resolve();
    if (this.failing && line.startsWith(this.failing)) return { code: 1, stdout: '', stderr: 'No.\n' };
    if (line === 'nft -f -') this.table = input;
    return { code: 0, stdout: line.startsWith('nft list') ? this.table : '', stderr: '' };
  }

  readSetting(path: string): Promise<string | null> {
    return Promise.resolve(this.settings.get(path) ?? null);
  }

  writeSetting(path: string, value: string): Promise<void> {
    this.settings.set(path, value);
    return Promise.resolve();
  }

  count(start: string): number {
    return this.commands.filter((line) => line.startsWith(start)).length;
  }
}

describe('the programmer', () => {
  let kernel: FakeKernel;
  let programmer: NetworkProgrammer;
  let target: KernelTarget;
  const open = (lookEveryMs = 60_000) => {
    const timing = { lookEveryMs, retryMs: 5 };
    programmer = new NetworkProgrammer(new NetworkKernel(kernel), () => target, createLog('test', 'silent'), timing);
  };
  beforeEach(() => {
    kernel = new FakeKernel();
    const nothing = { bridges: [], tunnels: [], routes: [], neighbours: [], forwardings: [], loopback: [] };
    target = { state: nothing, ruleset: 'first', table: 't', docker: false, moved: [], published: [], outside: null };
  });
  afterEach(() => programmer.stop());

  it('serves all who asked at once by one run, and sets the filter once for the same text', async () => {
    open();
    await Promise.all([programmer.apply(), programmer.apply(), programmer.apply()]);
    await programmer.apply();
    expect(kernel.count('nft -f')).toBe(1);
    expect(kernel.settings.get('ipv4/ip_forward')).toBe('1');
  });

  it('serves who asks as soon as another was served', async () => {
    open();
    for (let i = 0; i < 5; i += 1) await programmer.apply();
    await Promise.all([1, 2, 3].map(() => programmer.apply().then(() => programmer.apply())));
    expect(kernel.count('nft -f')).toBe(1);
  });

  it('takes up what changed while it ran', async () => {
    open();
    const first = programmer.apply();
    await Promise.resolve();
    await Promise.resolve();
    target = { ...target, ruleset: 'second' };
    await Promise.all([first, programmer.apply()]);
    expect(kernel.table).toBe('second');
  });

  it('puts a filter back that somebody changed', async () => {
    open(5);
    await programmer.apply();
    kernel.table = '';
    await until('the filter', () => kernel.table === 'first');
    expect(programmer.repairs).toBeGreaterThan(0);
  });

  it('says what could not be done, and tries it again until it can', async () => {
    open();
    kernel.failing = 'nft -f';
    expect(await programmer.apply()).toEqual(['The packet filter could not be set: No.']);
    kernel.failing = null;
    await until('no problem', () => programmer.problems.length === 0);
    expect(kernel.table).toBe('first');
  });

  it('does not believe in devices that could not be made', async () => {
    open();
    target = { ...target, state: desiredKernel(place, [network()], []) };
    kernel.failing = 'ip -force';
    const [problem] = await programmer.apply();
    expect(problem).toMatch(/^The project networks could not be made whole/);
    expect(kernel.count('ip -force')).toBe(3);
  });

  it('opens Docker’s filter where there is one', async () => {
    open();
    kernel.failing = 'iptables -w -C';
    target = { ...target, docker: true };
    await programmer.apply();
    expect(kernel.commands).toContain('iptables -w -I DOCKER-USER -i phx+ -o phb+ -j ACCEPT');
  });

  it('tells neighbours of an address that has left, and the outside of one that has come, once', async () => {
    open();
    target = {
      ...target,
      moved: [{ bridge: 'phb7', address: '10.64.0.10' }],
      published: ['192.0.2.80'],
      outside: 'eth0',
    };
    await programmer.apply();
    target = { ...target, moved: [] };
    await programmer.apply();
    const told = () => kernel.commands.filter((line) => line.includes('arping'));
    await until('both', () => told().length === 2);
    expect(told().sort()).toEqual([
      expect.stringContaining('-I eth0 -s 192.0.2.80 192.0.2.80'),
      expect.stringContaining('-I phb7 -s 10.64.0.10 10.64.0.10'),
    ]);
  });
});
