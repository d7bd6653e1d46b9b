import type { ServiceSpec } from '#libs/domain/service/spec.js';
import { writeCommandLine } from '../wire/command-line.translate.js';

const mebibyte = 1024 * 1024;

/** The name by which a stack file of this stack would refer to a service; an id when it is gone. */
export type UniqueNameOf = (serviceId: string) => string;

/** A service as a stack file has it: only what differs from the defaults, so that it reads as written by hand. */
export function toStackFile(spec: ServiceSpec, uniqueNameOf: UniqueNameOf): Record<string, unknown> {
  const { template } = spec;
  const { resources } = template;
  const all: Record<string, unknown> = {
    image: template.image,
    autodestroy: spec.autodestroy === 'never' ? null : spec.autodestroy,
    autoredeploy: spec.autoredeploy,
    cap_add: template.capAdd,
    cap_drop: template.capDrop,
    cgroup_parent: template.cgroupParent,
    command: writeCommandLine(template.command),
    cpu_shares: resources.cpuShares,
    cpuset: resources.cpuset,
    deployment_strategy: spec.placement.strategy === 'emptiest-node' ? null : spec.placement.strategy.replace('-', '_'),
    devices: template.devices,
    dns: template.dns,
    dns_search: template.dnsSearch,
    domainname: template.domainname,
    entrypoint: writeCommandLine(template.entrypoint),
    environment: template.environment.map(({ name, value }) => `${name}=${value}`),
    expose: template.ports
      .filter((port) => !port.published)
      .map((port) => `${port.containerPort}${suffix(port.protocol)}`),
    extra_hosts: template.extraHosts,
    hostname: template.hostname,
    labels: template.labels,
    links: spec.links.map(
      ({ serviceId, alias, secrets }) => `${uniqueNameOf(serviceId)}:${alias}${secrets ? ':secrets' : ''}`,
    ),
    mac_address: template.macAddress,
    mem_limit: size(resources.memoryBytes),
    memswap_limit: resources.memorySwapBytes === -1 ? -1 : size(resources.memorySwapBytes),
    net: template.networkMode === 'bridge' ? null : template.networkMode,
    pid: template.pidMode === 'host' ? 'host' : null,
    ports: template.ports
      .filter((port) => port.published)
      .map((port) => `${port.hostPort ? `${port.hostPort}:` : ''}${port.containerPort}${suffix(port.protocol)}`),
    privileged: template.privileged,
    read_only: template.readOnlyRoot,
    restart: spec.restart.condition === 'never' ? null : spec.restart.condition,
    roles: spec.roles,
    security_opt: template.securityOpt,
    sequential_deployment: spec.sequential,
    stdin_open: template.stdinOpen,
    tags: spec.placement.tags,
    target_num_containers: spec.replicas === 1 ? null : spec.replicas,
    tty: template.tty,
    user: template.user,
    volumes: template.mounts.map(writeMount),
    volumes_from: spec.volumesFrom.map(uniqueNameOf),
    working_dir: template.workingDir,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !isDefault(value)));
}

const suffix = (protocol: string): string => (protocol === 'udp' ? '/udp' : '');

const size = (bytes: number | null): string | null =>
  bytes === null ? null : bytes % mebibyte === 0 ? `${bytes / mebibyte}m` : `${bytes}b`;

function writeMount(mount: ServiceSpec['template']['mounts'][number]): string {
  const source = mount.kind === 'host-path' ? mount.source : mount.volume;
  const place = source === null ? mount.target : `${source}:${mount.target}`;
  // Without a host part the short form has no place for a mode: an own, empty volume is always writable.
  return mount.readOnly && source !== null ? `${place}:ro` : place;
}

const isDefault = (value: unknown): boolean =>
  value === null ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);
