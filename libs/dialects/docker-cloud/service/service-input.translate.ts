import type { ServiceInput } from '#libs/core/service/service-intake.js';
import { invalid } from '#libs/domain/error.js';
import { serviceSpec, type RolloutPolicy, type ServiceSpec } from '#libs/domain/service/spec.js';
import { readCommandLine } from '../wire/command-line.translate.js';
import { readReference } from '../wire/resource-uri.translate.js';
import type { ServiceChanges, ServiceCreation } from './service.wire.js';

const mebibyte = 1024 * 1024;
const blank = serviceSpec.parse({ name: 'blank', template: { image: 'blank' } });

/** Where a field of the body stands, for sentences about it. */
export type FieldOf = (field: string) => string;
const itself: FieldOf = (field) => field;

/** An image without a tag or a digest means its `latest`. */
export const withTag = (image: string): string =>
  image.includes('@') || image.slice(image.lastIndexOf('/') + 1).includes(':') ? image : `${image}:latest`;

/** The image's own name: without registry, namespace, tag and digest. */
export const nameOfImage = (image: string): string =>
  image.slice(image.lastIndexOf('/') + 1).split(/[:@]/, 1)[0] ?? image;

/**
 * Containers of a service are replaced all together, or one by one when it is deployed in sequence: the new ones
 * always after the old ones have stopped, as the platform's clients know it.
 */
export const rolloutOf = (sequential: boolean): Partial<RolloutPolicy> =>
  sequential
    ? { kind: 'rolling', parallelism: 1, order: 'stop-first' }
    : { kind: 'recreate', parallelism: 0, order: 'stop-first' };

export function newServiceInput(wire: ServiceCreation, at: FieldOf = itself): ServiceInput {
  const fresh: ServiceSpec = {
    ...blank,
    name: nameOfImage(wire.image),
    naming: 'docker-cloud',
    rollout: { ...blank.rollout, ...rolloutOf(false) },
    // A redeploy uses a container's volumes again, those of its image too, unless it says otherwise.
    template: { ...blank.template, imageVolumes: 'instance' },
  };
  return changedServiceInput(fresh, wire, at);
}

/** The definition with a body's changes in it. Throws `invalid` naming the field. */
export function changedServiceInput(spec: ServiceSpec, wire: ServiceChanges, at: FieldOf = itself): ServiceInput {
  const bindings = wire.bindings === undefined ? undefined : readBindings(wire.bindings ?? [], at);
  const sequential = take(wire.sequential_deployment, spec.sequential, false, same);
  return {
    ...spec,
    name: take(wire.name, spec.name, spec.name, same),
    displayName: take(wire.nickname, spec.displayName, null, same),
    replicas: take(wire.target_num_containers, spec.replicas, blank.replicas, same),
    placement: {
      strategy: take(
        wire.deployment_strategy,
        spec.placement.strategy,
        blank.placement.strategy,
        (name) => strategies[name],
      ),
      tags: take(wire.tags, spec.placement.tags, [], same),
    },
    restart: {
      ...spec.restart,
      condition: take(wire.autorestart, spec.restart.condition, 'never', (name) => restarts[name]),
    },
    autodestroy: take(wire.autodestroy, spec.autodestroy, 'never', (name) => destroys[name]),
    autoredeploy: take(wire.autoredeploy, spec.autoredeploy, false, same),
    sequential,
    rollout: sequential === spec.sequential ? spec.rollout : { ...spec.rollout, ...rolloutOf(sequential) },
    roles: take(wire.roles, spec.roles, [], same),
    links: take(
      wire.linked_to_service,
      spec.links.map((link) => ({ alias: link.alias, service: link.serviceId, secrets: link.secrets })),
      [],
      (links) => links.map((link, i) => readLink(link, at(`linked_to_service.${i}`))),
    ),
    volumesFrom: bindings?.volumesFrom ?? spec.volumesFrom,
    template: { ...changedTemplate(spec.template, wire, at), mounts: bindings?.mounts ?? spec.template.mounts },
  };
}

type Template = ServiceSpec['template'];

function changedTemplate(now: Template, wire: ServiceChanges, at: FieldOf): Template {
  const words = (field: 'run_command' | 'entrypoint', current: string[] | null) =>
    take(wire[field], current, null, (value) =>
      Array.isArray(value) ? orNull(value) : readCommandLine(at(field), value),
    );
  return {
    ...now,
    image: take(wire.image, now.image, now.image, withTag),
    command: words('run_command', now.command),
    entrypoint: words('entrypoint', now.entrypoint),
    environment: take(wire.container_envvars, now.environment, [], (all) =>
      all.map(({ key, value }) => ({ name: key, value })),
    ),
    labels: take(wire.labels, now.labels, {}, same),
    ports: take(wire.container_ports, now.ports, [], (ports) => ports.map(readPort)),
    workingDir: take(wire.working_dir, now.workingDir, null, emptyIsNull),
    user: take(wire.user, now.user, null, emptyIsNull),
    hostname: take(wire.hostname, now.hostname, null, emptyIsNull),
    domainname: take(wire.domainname, now.domainname, null, emptyIsNull),
    macAddress: take(wire.mac_address, now.macAddress, null, emptyIsNull),
    cgroupParent: take(wire.cgroup_parent, now.cgroupParent, null, emptyIsNull),
    tty: take(wire.tty, now.tty, false, same),
    stdinOpen: take(wire.stdin_open, now.stdinOpen, false, same),
    readOnlyRoot: take(wire.read_only, now.readOnlyRoot, false, same),
    privileged: take(wire.privileged, now.privileged, false, same),
    capAdd: take(wire.cap_add, now.capAdd, [], same),
    capDrop: take(wire.cap_drop, now.capDrop, [], same),
    devices: take(wire.devices, now.devices, [], same),
    extraHosts: take(wire.extra_hosts, now.extraHosts, [], same),
    dns: take(wire.dns, now.dns, [], same),
    dnsSearch: take(wire.dns_search, now.dnsSearch, [], same),
    securityOpt: take(wire.security_opt, now.securityOpt, [], same),
    networkMode: take(wire.net, now.networkMode, 'bridge', same),
    pidMode: take(wire.pid, now.pidMode, 'private', (mode) => (mode === 'host' ? 'host' : 'private')),
    resources: {
      ...now.resources,
      cpuShares: take(wire.cpu_shares, now.resources.cpuShares, null, zeroIsNull),
      cpuset: take(wire.cpuset, now.resources.cpuset, null, emptyIsNull),
      memoryBytes: take(wire.memory, now.resources.memoryBytes, null, (mb) => zeroIsNull(Math.round(mb * mebibyte))),
      memorySwapBytes: take(wire.memory_swap, now.resources.memorySwapBytes, null, (mb) =>
        mb < 0 ? -1 : zeroIsNull(Math.round(mb * mebibyte)),
      ),
    },
  };
}

/** Absent leaves what is there, null puts the default back. */
const take = <V, T>(value: V | null | undefined, current: T, fallback: T, read: (value: V) => T): T =>
  value === undefined ? current : value === null ? fallback : read(value);
const same = <T>(value: T): T => value;
const emptyIsNull = (text: string): string | null => (text === '' ? null : text);
const zeroIsNull = (value: number): number | null => (value === 0 ? null : value);
const orNull = (words: string[]): string[] | null => (words.length ? words : null);

const strategies = {
  EMPTIEST_NODE: 'emptiest-node',
  HIGH_AVAILABILITY: 'high-availability',
  EVERY_NODE: 'every-node',
} as const;
const restarts = { OFF: 'never', ON_FAILURE: 'on-failure', ALWAYS: 'always' } as const;
const destroys = { OFF: 'never', ON_SUCCESS: 'on-success', ALWAYS: 'always' } as const;

type PortWire = NonNullable<ServiceChanges['container_ports']>[number];

/** A port of the host that is named is published, unless the body says otherwise. */
function readPort(port: PortWire): Template['ports'][number] {
  const published = port.published ?? (port.outer_port !== null && port.outer_port !== undefined);
  return {
    containerPort: port.inner_port,
    protocol: port.protocol,
    published,
    hostPort: published ? (port.outer_port ?? null) : null,
    name: null,
  };
}

type LinkWire = NonNullable<ServiceChanges['linked_to_service']>[number];

function readLink(link: LinkWire, field: string): { alias: string; service: string; secrets: boolean } {
  const id = readReference('service', link.to_service);
  if (!id && link.to_service.includes('/')) {
    throw invalid(`${field}.to_service`, `${field}.to_service: "${link.to_service}" is not the address of a service.`);
  }
  const alias = link.name || (id ? null : link.to_service.split('.', 1)[0]);
  if (!alias) throw invalid(`${field}.name`, `${field}.name: a link to an address needs a name.`);
  return { alias, service: id ?? link.to_service, secrets: link.secrets ?? false };
}

type BindingWire = NonNullable<ServiceChanges['bindings']>[number];

function readBindings(bindings: BindingWire[], at: FieldOf): { mounts: Template['mounts']; volumesFrom: string[] } {
  const mounts: Template['mounts'] = [];
  const volumesFrom: string[] = [];
  for (const [i, binding] of bindings.entries()) {
    const field = at(`bindings.${i}`);
    const { host_path: source, container_path: target, volumes_from: from } = binding;
    if (from && (target || source)) throw invalid(field, `${field}: give either volumes_from or container_path.`);
    if (from) {
      if (binding.rewritable === false)
        throw invalid(`${field}.rewritable`, `${field}: volumes of another service are mounted as they are there.`);
      volumesFrom.push(readReference('service', from) ?? from);
      continue;
    }
    if (!target?.startsWith('/'))
      throw invalid(`${field}.container_path`, `${field}.container_path: give an absolute path in the container.`);
    const readOnly = binding.rewritable === false;
    mounts.push(
      source?.startsWith('/')
        ? { kind: 'host-path', source, target, readOnly }
        : { kind: 'volume', volume: source || null, perInstance: !source, target, readOnly },
    );
  }
  return { mounts, volumesFrom };
}
