import type { MachineTraits } from './machine-traits.js';

const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;

/** crun is the faster one, where its cgroup support fits the machine. */
export function chooseRuntime(traits: MachineTraits): string | undefined {
  const order = traits.cgroups === 'unified' ? ['crun', 'runc'] : ['runc', 'crun'];
  return order.find((name) => traits.runtimes.includes(name));
}

/** The text of containers.conf for an engine of our own; the machine's stays as it is and is not read. */
export function containersConf(traits: MachineTraits, network: string): string {
  const runtime = chooseRuntime(traits);
  const limits = Object.entries(traits.fixedLimits).map(([name, hard]) => `${name}=${hard}:${hard}`);
  return [
    '[containers]',
    'log_driver = "k8s-file"',
    'log_size_max = 20971520',
    ...(limits.length === 0 ? [] : [`default_ulimits = ${list(limits)}`]),
    '[network]',
    'network_backend = "netavark"',
    `default_network = ${JSON.stringify(network)}`,
    '[engine]',
    ...(runtime === undefined ? [] : [`runtime = ${JSON.stringify(runtime)}`]),
    `cgroup_manager = ${JSON.stringify(traits.systemd ? 'systemd' : 'cgroupfs')}`,
    'events_logger = "file"',
    // The default locks live in one shared memory for all engines of a machine, and the first start of one
    // frees those of the others; files are in this engine's own folder.
    'lock_type = "file"',
    '',
  ].join('\n');
}

export function storageConf(traits: MachineTraits, graphRoot: string, runRoot: string): string {
  return [
    '[storage]',
    `driver = ${JSON.stringify(traits.overlay ? 'overlay' : 'vfs')}`,
    `graphroot = ${JSON.stringify(graphRoot)}`,
    `runroot = ${JSON.stringify(runRoot)}`,
    '',
  ].join('\n');
}

/** `insecure` registries, host:port, are spoken to without TLS: those on this machine only. */
export function registriesConf(insecure: readonly string[]): string {
  return [
    'unqualified-search-registries = ["docker.io"]',
    'short-name-mode = "permissive"',
    ...insecure.flatMap((location) => ['[[registry]]', `location = ${JSON.stringify(location)}`, 'insecure = true']),
    '',
  ].join('\n');
}

/** The default network as a file of its own, so that its bridge and subnet are not those of a Podman found here. */
export function defaultNetwork(id: string, subnetThird: number): { name: string; file: string; text: string } {
  const name = `pierhead-${id}`;
  const network = {
    name,
    id: id.repeat(8).slice(0, 64),
    driver: 'bridge',
    network_interface: `phd-${id}`,
    created: '2026-01-01T00:00:00Z',
    subnets: [{ subnet: `10.190.${subnetThird}.0/24`, gateway: `10.190.${subnetThird}.1` }],
    ipv6_enabled: false,
    internal: false,
    dns_enabled: false,
    ipam_options: { driver: 'host-local' },
  };
  return { name, file: `${name}.json`, text: JSON.stringify(network, null, 2) };
}

/** The first third byte of 10.190.x.0/24, from a start that the id gives, that no interface of the machine has. */
export function freeSubnet(id: string, takenAddresses: readonly string[]): number | undefined {
  const start = Number.parseInt(id.slice(0, 2), 16);
  const taken = new Set(
    takenAddresses.map((address) => /^10\.190\.(\d+)\./.exec(address)?.[1]).filter((third) => third !== undefined),
  );
  for (let step = 0; step < 256; step += 1) {
    const third = (start + step) % 256;
    if (!taken.has(String(third))) return third;
  }
  return undefined;
}
