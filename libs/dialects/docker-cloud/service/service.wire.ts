import { z } from 'zod';
import { imageReferencePattern } from '#libs/domain/container/template.js';

/**
 * What a client may send of a service. `undefined` leaves an attribute as it is, `null` puts its default back.
 * Numbers may come as digits, as command lines send them, and the shared keys of stack files in their own notation.
 */
const digits = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
const whole = (least: number, most: number) => z.preprocess(digits, z.int().min(least).max(most));
const text = (longest: number) => z.string().max(longest);
const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? '' : String(value)));
const listOf = <T extends z.ZodType>(item: T, most: number) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).max(most));

/** YAML reads a bare `no` as false. */
const policy = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.preprocess(
    (value) =>
      value === false || value === 'no'
        ? 'OFF'
        : typeof value === 'string'
          ? value.toUpperCase().replace('-', '_')
          : value,
    z.enum(names),
  );

const commandLine = z.union(
  [text(65_536), z.array(text(8_192)).max(1_024)],
  'Give a command as text or as a list of words.',
);

export const portWire = z.strictObject({
  protocol: z
    .preprocess((value) => (typeof value === 'string' ? value.toLowerCase() : value), z.enum(['tcp', 'udp']))
    .default('tcp'),
  inner_port: whole(1, 65_535),
  /** Clients whose language has no absent number send 0 for none. */
  outer_port: whole(0, 65_535)
    .transform((port) => (port === 0 ? null : port))
    .nullish(),
  published: z.boolean().nullish(),
  port_name: z.unknown().optional(),
  endpoint_uri: z.unknown().optional(),
  uri_protocol: z.unknown().optional(),
  container: z.unknown().optional(),
});

const bindingWire = z.strictObject({
  host_path: text(4_096).nullish(),
  container_path: text(4_096).nullish(),
  rewritable: z.boolean().nullish(),
  volumes_from: text(512).nullish(),
  volume: z.unknown().optional(),
});

const linkWire = z.strictObject({
  to_service: text(512).min(1),
  name: text(128).nullish(),
  /** Not of the original: copies variables that are taken for secrets, too. */
  secrets: z.boolean().nullish(),
  from_service: z.unknown().optional(),
});

const tagWire = z.union(
  [
    text(128).min(1),
    z.strictObject({ name: text(128).min(1), origin: z.unknown().optional() }).transform((tag) => tag.name),
  ],
  'A tag is {"name": text}.',
);

const labelsWire = z.preprocess(
  (value) =>
    Array.isArray(value)
      ? Object.fromEntries(
          value.map((label) => [String(label).split('=', 1)[0], String(label).split('=').slice(1).join('=')]),
        )
      : value,
  z.record(text(256).min(1), scalar),
);

export const imageWire = text(512).regex(imageReferencePattern, 'This is not an image reference');

/** Every attribute of a service that can be written, and how. */
export const writableAttributes = {
  image: imageWire.optional(),
  name: text(63).nullish(),
  nickname: text(128).nullish(),
  target_num_containers: whole(0, 10_000).nullish(),
  run_command: commandLine.nullish(),
  entrypoint: commandLine.nullish(),
  container_ports: z.array(portWire).max(256).nullish(),
  container_envvars: z
    .array(z.strictObject({ key: text(256).min(1), value: scalar }))
    .max(1_024)
    .nullish(),
  linked_to_service: z.array(linkWire).max(128).nullish(),
  bindings: z.array(bindingWire).max(80).nullish(),
  labels: labelsWire.nullish(),
  tags: listOf(tagWire, 64).nullish(),
  roles: listOf(z.literal('global'), 1).nullish(),
  autorestart: policy(['OFF', 'ON_FAILURE', 'ALWAYS']).nullish(),
  autodestroy: policy(['OFF', 'ON_SUCCESS', 'ALWAYS']).nullish(),
  autoredeploy: z.boolean().nullish(),
  sequential_deployment: z.boolean().nullish(),
  deployment_strategy: policy(['EMPTIEST_NODE', 'HIGH_AVAILABILITY', 'EVERY_NODE']).nullish(),
  net: z.enum(['bridge', 'host', 'none']).nullish(),
  pid: z.enum(['none', 'host']).nullish(),
  privileged: z.boolean().nullish(),
  read_only: z.boolean().nullish(),
  tty: z.boolean().nullish(),
  stdin_open: z.boolean().nullish(),
  working_dir: text(4_096).nullish(),
  user: text(256).nullish(),
  hostname: text(253).nullish(),
  domainname: text(253).nullish(),
  mac_address: text(17).nullish(),
  cgroup_parent: text(512).nullish(),
  dns: listOf(text(64), 16).nullish(),
  dns_search: listOf(text(253), 16).nullish(),
  cap_add: z.array(text(64)).max(64).nullish(),
  cap_drop: z.array(text(64)).max(64).nullish(),
  devices: z.array(text(1_024)).max(64).nullish(),
  extra_hosts: z.array(text(512)).max(256).nullish(),
  security_opt: z.array(text(512)).max(32).nullish(),
  cpu_shares: whole(0, 262_144).nullish(),
  cpuset: z.preprocess((value) => (typeof value === 'number' ? String(value) : value), text(256)).nullish(),
  memory: z.preprocess(digits, z.number().min(0).max(16_777_216)).nullish(),
  memory_swap: z.preprocess(digits, z.number().min(-1).max(33_554_432)).nullish(),
};

/** What a service shows and nobody writes: taken without effect, because clients send back what they were given. */
export const readOnlyAttributes = [
  'actions',
  'calculated_envvars',
  'cgroup_name',
  'containers',
  'current_num_containers',
  'deployed_datetime',
  'destroyed_datetime',
  'dockercloud_action_uri',
  'image_name',
  'image_tag',
  'link_variables',
  'linked_from_service',
  'public_dns',
  'resource_uri',
  'running_num_containers',
  'stack',
  'started_datetime',
  'state',
  'stopped_datetime',
  'stopped_num_containers',
  'synchronized',
  'unique_name',
  'uuid',
] as const;

export const ignored = <const N extends readonly string[]>(names: N) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()])) as Record<
    N[number],
    z.ZodOptional<z.ZodUnknown>
  >;

const shape = { ...writableAttributes, ...ignored(readOnlyAttributes) };

export const serviceUpdateWire = z.strictObject(shape);
export type ServiceChanges = Omit<z.output<typeof serviceUpdateWire>, (typeof readOnlyAttributes)[number]>;

export const serviceCreateWire = z.strictObject({ ...shape, image: imageWire });
export type ServiceCreation = ServiceChanges & { image: string };
