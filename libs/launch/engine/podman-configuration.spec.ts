import { hasCapability, tooLowLimits, type MachineTraits } from './machine-traits.js';
import {
  chooseRuntime,
  containersConf,
  defaultNetwork,
  freeSubnet,
  registriesConf,
  storageConf,
} from './podman-configuration.js';

const ordinary: MachineTraits = {
  cgroups: 'unified',
  fixedLimits: {},
  systemd: true,
  overlay: true,
  runtimes: ['crun', 'runc'],
};
const narrow: MachineTraits = {
  cgroups: 'hybrid-or-v1',
  fixedLimits: { nofile: 20000, nproc: 32768 },
  systemd: false,
  overlay: false,
  runtimes: ['crun', 'runc'],
};

describe('the engine’s configuration', () => {
  it('leaves an ordinary machine to the engine’s defaults', () => {
    const text = containersConf(ordinary, 'net');
    expect(text).toContain('runtime = "crun"');
    expect(text).toContain('cgroup_manager = "systemd"');
    expect(text).not.toContain('default_ulimits');
  });

  it('avoids what a narrow machine forbids', () => {
    const text = containersConf(narrow, 'net');
    expect(text).toContain('runtime = "runc"');
    expect(text).toContain('cgroup_manager = "cgroupfs"');
    expect(text).toContain('default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]');
    expect(storageConf(narrow, '/g', '/r')).toContain('driver = "vfs"');
  });

  it('names no runtime where none is found', () => {
    expect(chooseRuntime({ ...ordinary, runtimes: [] })).toBeUndefined();
    expect(chooseRuntime({ ...ordinary, runtimes: ['runc'] })).toBe('runc');
  });

  it('speaks without TLS to the registries that are named only', () => {
    expect(registriesConf([])).not.toContain('insecure');
    expect(registriesConf(['127.0.0.1:5000'])).toContain('location = "127.0.0.1:5000"\ninsecure = true');
  });

  it('gives the network an interface name that the kernel takes', () => {
    const { name, text } = defaultNetwork('0123abcd', 7);
    const network = JSON.parse(text) as { name: string; network_interface: string; id: string };
    expect(network.name).toBe(name);
    expect(network.network_interface.length).toBeLessThanOrEqual(15);
    expect(network.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('chooses a subnet that the machine does not have', () => {
    expect(freeSubnet('10aaaaaa', [])).toBe(16);
    expect(freeSubnet('10aaaaaa', ['10.190.16.1', '10.190.17.1', '192.0.2.1'])).toBe(18);
    expect(
      freeSubnet(
        'ff',
        Array.from({ length: 256 }, (_, third) => `10.190.${third}.1`),
      ),
    ).toBeUndefined();
  });
});

describe('machine traits', () => {
  const limits = (files: string, processes: string) =>
    `Limit  Soft Limit  Hard Limit  Units\nMax processes   1000   ${processes}   processes\nMax open files   1024   ${files}   files\n`;

  it('notes only limits below what engines ask for', () => {
    expect(tooLowLimits(limits('unlimited', 'unlimited'), 32768)).toEqual({});
    expect(tooLowLimits(limits('1048576', '4194304'), 32768)).toEqual({});
    expect(tooLowLimits(limits('20000', '96343'), 32768)).toEqual({ nofile: 20000, nproc: 32768 });
    expect(tooLowLimits(limits('20000', '1000'), 32768)).toEqual({ nofile: 20000, nproc: 1000 });
  });

  it('reads a capability by its bit', () => {
    expect(hasCapability('CapEff:\t000001ffffffffff\n', 24n)).toBe(true);
    expect(hasCapability('CapEff:\t000001fffeffffff\n', 24n)).toBe(false);
    expect(hasCapability('', 24n)).toBe(false);
  });
});
