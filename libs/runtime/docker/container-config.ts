import type { ContainerTemplate, Mount } from '#libs/domain/container/template.js';
import type { NetworkAttachment, RuntimeContainerSpec } from '../container.js';
import { runtimeLabels, tenantLabels } from '../labels.js';

const nanoPerMilli = 1_000_000;

const portKey = (port: { containerPort: number; protocol: string }) => `${port.containerPort}/${port.protocol}`;

const exposedPorts = (template: ContainerTemplate) =>
  Object.fromEntries(template.ports.map((port) => [portKey(port), {}]));

const portBindings = (spec: RuntimeContainerSpec) => {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  if (spec.template.networkMode !== 'bridge') return bindings;
  for (const port of spec.template.ports) {
    if (!port.published) continue;
    const hostPort = port.hostPort === null ? '' : String(port.hostPort);
    (bindings[portKey(port)] ??= []).push({ HostIp: spec.publishAddress ?? '', HostPort: hostPort });
  }
  return bindings;
};

const mountOf = (mount: Mount, spec: RuntimeContainerSpec) => {
  if (mount.kind === 'host-path') {
    return { Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
  }
  const volume = spec.volumes?.[mount.target] ?? mount.volume ?? undefined;
  return { Type: 'volume', Source: volume, Target: mount.target, ReadOnly: mount.readOnly };
};

const mountsOf = (spec: RuntimeContainerSpec) => {
  const { mounts } = spec.template;
  const further = Object.entries(spec.volumes ?? {}).filter(
    ([target]) => !mounts.some((mount) => mount.target === target),
  );
  return [
    ...mounts.map((mount) => mountOf(mount, spec)),
    ...further.map(([target, source]) => ({ Type: 'volume', Source: source, Target: target, ReadOnly: false })),
  ];
};

const device = (text: string) => {
  const [host = '', inside = host, permissions = 'rwm'] = text.split(':');
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: permissions };
};

export const endpointConfig = (network: NetworkAttachment) => ({
  Aliases: network.aliases ?? [],
  ...(network.address === undefined ? {} : { IPAMConfig: { IPv4Address: network.address } }),
});

const nameService = ({ template, names }: RuntimeContainerSpec) => ({
  Dns: template.dns.length > 0 ? template.dns : (names?.servers ?? []),
  DnsSearch: template.dnsSearch.length > 0 ? template.dnsSearch : (names?.search ?? []),
  ...(names && template.dns.length === 0 ? { DnsOptions: names.options } : {}),
});

const macAddress = (address: string | undefined) => (address === undefined ? {} : { MacAddress: address });

/** Docker takes the hardware address from the container, Podman from its place in the network. */
const ownEndpoint = (template: ContainerTemplate, network: NetworkAttachment) => ({
  ...endpointConfig(network),
  ...macAddress(template.macAddress ?? network.macAddress),
});

const hostConfig = (spec: RuntimeContainerSpec) => {
  const { template } = spec;
  const { resources } = template;
  return {
    NetworkMode: template.networkMode === 'bridge' ? (spec.network?.name ?? 'bridge') : template.networkMode,
    PortBindings: portBindings(spec),
    Mounts: mountsOf(spec),
    ...(spec.volumesFrom?.length ? { VolumesFrom: spec.volumesFrom } : {}),
    // Restarts are the agent's: two masters would race, and a count of them would be lost.
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    Privileged: template.privileged,
    ReadonlyRootfs: template.readOnlyRoot,
    CapAdd: template.capAdd,
    CapDrop: template.capDrop,
    Devices: template.devices.map(device),
    ExtraHosts: [...template.extraHosts, ...(spec.hosts ?? [])],
    ...nameService(spec),
    SecurityOpt: template.securityOpt,
    ...(template.pidMode === 'host' ? { PidMode: 'host' } : {}),
    ...(template.cgroupParent === null ? {} : { CgroupParent: template.cgroupParent }),
    ...(resources.milliCpu === null ? {} : { NanoCpus: resources.milliCpu * nanoPerMilli }),
    ...(resources.cpuShares === null ? {} : { CpuShares: resources.cpuShares }),
    ...(resources.cpuset === null ? {} : { CpusetCpus: resources.cpuset }),
    ...(resources.memoryBytes === null ? {} : { Memory: resources.memoryBytes }),
    ...(resources.memorySwapBytes === null ? {} : { MemorySwap: resources.memorySwapBytes }),
  };
};

/** The engine's create body. What the template leaves open is left out, so the image's own values hold. */
export const containerConfig = (spec: RuntimeContainerSpec, scope: string): Record<string, unknown> => {
  const { template } = spec;
  const environment = [...(spec.extraEnvironment ?? []), ...template.environment];
  const network = template.networkMode === 'bridge' ? spec.network : undefined;
  return {
    Image: spec.imageId ?? template.image,
    ...(template.entrypoint === null ? {} : { Entrypoint: template.entrypoint }),
    ...(template.command === null ? {} : { Cmd: template.command }),
    ...(template.workingDir === null ? {} : { WorkingDir: template.workingDir }),
    ...(template.user === null ? {} : { User: template.user }),
    ...(template.hostname === null ? {} : { Hostname: template.hostname }),
    ...(template.domainname === null ? {} : { Domainname: template.domainname }),
    ...macAddress(template.macAddress ?? network?.macAddress),
    ...(template.stopSignal === null ? {} : { StopSignal: template.stopSignal }),
    StopTimeout: Math.ceil(template.stopGraceMs / 1000),
    // The last of two variables of one name wins on both engines, but only Docker says so: keep one of each.
    Env: [...new Map(environment.map(({ name, value }) => [name, `${name}=${value}`])).values()],
    Labels: {
      ...tenantLabels(template.labels),
      ...spec.labels,
      [runtimeLabels.node]: scope,
      [runtimeLabels.image]: template.image,
    },
    Tty: template.tty,
    OpenStdin: template.stdinOpen,
    ExposedPorts: exposedPorts(template),
    // Probes are the agent's: an engine without systemd timers would never run the image's own.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: hostConfig(spec),
    ...(network ? { NetworkingConfig: { EndpointsConfig: { [network.name]: ownEndpoint(template, network) } } } : {}),
  };
};
