import type { ContainerTemplate, HealthCheck, Mount, Resources } from '#libs/domain/container/template.js';
import type * as wire from './generated/pierhead/agent/v1/agent.js';

type WireTemplate = wire.ContainerTemplate;

const optional = <T>(value: T | null): T | undefined => value ?? undefined;
const nullable = <T>(value: T | undefined): T | null => value ?? null;
const listTo = (values: string[] | null) => (values === null ? undefined : { values });
const listFrom = (list: { values: string[] } | undefined) => (list ? list.values : null);

const mountTo = (mount: Mount): wire.Mount => ({
  kind: mount.kind,
  volume: mount.kind === 'volume' ? optional(mount.volume) : undefined,
  perInstance: mount.kind === 'volume' && mount.perInstance,
  source: mount.kind === 'host-path' ? mount.source : '',
  target: mount.target,
  readOnly: mount.readOnly,
});

const mountFrom = ({ kind, volume, perInstance, source, target, readOnly }: wire.Mount): Mount =>
  kind === 'host-path'
    ? { kind: 'host-path', source, target, readOnly }
    : { kind: 'volume', volume: nullable(volume), perInstance, target, readOnly };

const resourcesTo = (given: Resources): wire.Resources => ({
  milliCpu: optional(given.milliCpu),
  cpuShares: optional(given.cpuShares),
  cpuset: optional(given.cpuset),
  memoryBytes: optional(given.memoryBytes),
  memorySwapBytes: optional(given.memorySwapBytes),
});

const resourcesFrom = (given: wire.Resources | undefined): Resources => ({
  milliCpu: nullable(given?.milliCpu),
  cpuShares: nullable(given?.cpuShares),
  cpuset: nullable(given?.cpuset),
  memoryBytes: nullable(given?.memoryBytes),
  memorySwapBytes: nullable(given?.memorySwapBytes),
});

const healthCheckTo = (check: HealthCheck): wire.HealthCheck => ({
  kind: check.kind,
  command: check.kind === 'command' ? check.command : [],
  port: check.kind === 'command' ? 0 : check.port,
  path: check.kind === 'http' ? check.path : '',
  acceptedCodes: check.kind === 'http' ? check.acceptedCodes : [],
  intervalMs: check.intervalMs,
  timeoutMs: check.timeoutMs,
  retries: check.retries,
  startPeriodMs: check.startPeriodMs,
});

function healthCheckFrom(check: wire.HealthCheck): HealthCheck {
  const { intervalMs, timeoutMs, retries, startPeriodMs, port, command, path, acceptedCodes } = check;
  const timing = { intervalMs, timeoutMs, retries, startPeriodMs };
  if (check.kind === 'command') return { kind: 'command', command, ...timing };
  if (check.kind === 'http') return { kind: 'http', port, path, acceptedCodes, ...timing };
  return { kind: 'tcp', port, ...timing };
}

export const templateToWire = (template: ContainerTemplate): WireTemplate => ({
  image: template.image,
  entrypoint: listTo(template.entrypoint),
  command: listTo(template.command),
  environment: template.environment,
  labels: template.labels,
  workingDir: optional(template.workingDir),
  user: optional(template.user),
  hostname: optional(template.hostname),
  domainname: optional(template.domainname),
  macAddress: optional(template.macAddress),
  tty: template.tty,
  stdinOpen: template.stdinOpen,
  readOnlyRoot: template.readOnlyRoot,
  privileged: template.privileged,
  capAdd: template.capAdd,
  capDrop: template.capDrop,
  devices: template.devices,
  extraHosts: template.extraHosts,
  dns: template.dns,
  dnsSearch: template.dnsSearch,
  securityOpt: template.securityOpt,
  networkMode: template.networkMode,
  pidMode: template.pidMode,
  cgroupParent: optional(template.cgroupParent),
  ports: template.ports.map((port) => ({ ...port, hostPort: optional(port.hostPort), name: optional(port.name) })),
  mounts: template.mounts.map(mountTo),
  resources: resourcesTo(template.resources),
  healthCheck: template.healthCheck ? healthCheckTo(template.healthCheck) : undefined,
  stopSignal: optional(template.stopSignal),
  stopGraceMs: template.stopGraceMs,
  pullPolicy: template.pullPolicy,
  imageVolumes: template.imageVolumes,
});

const protocolFrom = (protocol: string) => (protocol === 'udp' ? ('udp' as const) : ('tcp' as const));
const networkModeFrom = (mode: string): ContainerTemplate['networkMode'] =>
  mode === 'host' || mode === 'none' ? mode : 'bridge';
const pullPolicyFrom = (policy: string): ContainerTemplate['pullPolicy'] =>
  policy === 'always' || policy === 'never' ? policy : 'missing';

export const templateFromWire = (given: WireTemplate): ContainerTemplate => ({
  image: given.image,
  entrypoint: listFrom(given.entrypoint),
  command: listFrom(given.command),
  environment: given.environment,
  labels: given.labels,
  workingDir: nullable(given.workingDir),
  user: nullable(given.user),
  hostname: nullable(given.hostname),
  domainname: nullable(given.domainname),
  macAddress: nullable(given.macAddress),
  tty: given.tty,
  stdinOpen: given.stdinOpen,
  readOnlyRoot: given.readOnlyRoot,
  privileged: given.privileged,
  capAdd: given.capAdd,
  capDrop: given.capDrop,
  devices: given.devices,
  extraHosts: given.extraHosts,
  dns: given.dns,
  dnsSearch: given.dnsSearch,
  securityOpt: given.securityOpt,
  networkMode: networkModeFrom(given.networkMode),
  pidMode: given.pidMode === 'host' ? 'host' : 'private',
  cgroupParent: nullable(given.cgroupParent),
  ports: given.ports.map((port) => ({
    containerPort: port.containerPort,
    protocol: protocolFrom(port.protocol),
    published: port.published,
    hostPort: nullable(port.hostPort),
    name: nullable(port.name),
  })),
  mounts: given.mounts.map(mountFrom),
  resources: resourcesFrom(given.resources),
  healthCheck: given.healthCheck ? healthCheckFrom(given.healthCheck) : null,
  stopSignal: nullable(given.stopSignal),
  stopGraceMs: given.stopGraceMs,
  pullPolicy: pullPolicyFrom(given.pullPolicy),
  imageVolumes: given.imageVolumes === 'instance' ? 'instance' : 'container',
});
