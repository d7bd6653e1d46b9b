import { z } from 'zod';

/**
 * What one container runs: the immutable part of a revision. Every dialect translates into this shape and
 * nothing else; the database keeps it as JSON, the agent receives it as protobuf.
 * Sizes are bytes, durations milliseconds, CPU thousandths of a core.
 */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
export const imageReferencePattern =
  /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

const text = (max: number) => z.string().max(max);
const port = z.int().min(1).max(65535);

export const portMapping = z.strictObject({
  containerPort: port,
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
  /** False: reachable inside the project only. */
  published: z.boolean().default(false),
  /** Null with `published`: the engine chooses a free one. */
  hostPort: port.nullable().default(null),
  name: text(64).nullable().default(null),
});
export type PortMapping = z.infer<typeof portMapping>;

export const mount = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('volume'),
    /** Name of a volume of the project; null gives each container one of its own, removed with it. */
    volume: z.string().regex(namePattern).nullable().default(null),
    /**
     * Each instance of the service has a volume of its own here, which its next container takes over. With a name it
     * is the project’s, made of that name, the service’s and the instance’s; without one it goes with the instance.
     */
    perInstance: z.boolean().default(false),
    target: text(4096).startsWith('/'),
    readOnly: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('host-path'),
    source: text(4096).startsWith('/'),
    target: text(4096).startsWith('/'),
    readOnly: z.boolean().default(false),
  }),
]);
export type Mount = z.infer<typeof mount>;

const probeTiming = {
  intervalMs: z.int().min(100).max(3_600_000).default(30_000),
  timeoutMs: z.int().min(10).max(600_000).default(30_000),
  retries: z.int().min(1).max(100).default(3),
  startPeriodMs: z.int().min(0).max(3_600_000).default(0),
};
export const healthCheck = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), command: z.array(text(8192)).min(1).max(256), ...probeTiming }),
  z.strictObject({
    kind: z.literal('http'),
    port,
    path: text(2048).startsWith('/').default('/'),
    /** Status codes that count as healthy; empty means 200 to 399. */
    acceptedCodes: z.array(z.int().min(100).max(599)).max(64).default([]),
    ...probeTiming,
  }),
  z.strictObject({ kind: z.literal('tcp'), port, ...probeTiming }),
]);
export type HealthCheck = z.infer<typeof healthCheck>;

export const environmentVariable = z.strictObject({
  name: z
    .string()
    .max(256)
    .regex(/^[^=\0]+$/, {
      error: ({ input }) => `"${String(input)}" cannot name an environment variable: give it a name without "=".`,
    }),
  value: text(131_072),
});

export const resources = z.strictObject({
  /** A hard share of the node that the scheduler counts; null is not counted. */
  milliCpu: z.int().min(1).max(1_024_000).nullable().default(null),
  /** Relative weight between containers of one node, the engine's own unit (2…262144). */
  cpuShares: z.int().min(2).max(262_144).nullable().default(null),
  cpuset: z
    .string()
    .regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/)
    .nullable()
    .default(null),
  memoryBytes: z
    .int()
    .min(4 * 1024 * 1024, 'Memory must be at least 4 MiB.')
    .nullable()
    .default(null),
  /** Memory and swap together, as the engines count it. */
  memorySwapBytes: z.int().min(-1).nullable().default(null),
});
export type Resources = z.infer<typeof resources>;

export const containerTemplate = z.strictObject({
  image: z.string().min(1).max(512).regex(imageReferencePattern, 'This is not an image reference.'),
  entrypoint: z.array(text(8192)).max(256).nullable().default(null),
  command: z.array(text(8192)).max(1024).nullable().default(null),
  environment: z.array(environmentVariable).max(1024).default([]),
  labels: z.record(z.string().min(1).max(256), text(8192)).default({}),
  workingDir: text(4096).nullable().default(null),
  user: text(256).nullable().default(null),
  hostname: text(253).nullable().default(null),
  domainname: text(253).nullable().default(null),
  macAddress: z
    .string()
    .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/)
    .nullable()
    .default(null),
  tty: z.boolean().default(false),
  stdinOpen: z.boolean().default(false),
  readOnlyRoot: z.boolean().default(false),
  privileged: z.boolean().default(false),
  capAdd: z.array(text(64)).max(64).default([]),
  capDrop: z.array(text(64)).max(64).default([]),
  devices: z.array(text(1024)).max(64).default([]),
  extraHosts: z.array(text(512)).max(256).default([]),
  dns: z.array(text(64)).max(16).default([]),
  dnsSearch: z.array(text(253)).max(16).default([]),
  securityOpt: z.array(text(512)).max(32).default([]),
  networkMode: z.enum(['bridge', 'host', 'none']).default('bridge'),
  pidMode: z.enum(['private', 'host']).default('private'),
  cgroupParent: text(512).nullable().default(null),
  ports: z.array(portMapping).max(256).default([]),
  mounts: z.array(mount).max(64).default([]),
  /** Volumes that the image itself declares and no mount covers: new with each container, or kept by its instance. */
  imageVolumes: z.enum(['container', 'instance']).default('container'),
  resources: resources.default(() => resources.parse({})),
  healthCheck: healthCheck.nullable().default(null),
  stopSignal: text(32).nullable().default(null),
  stopGraceMs: z.int().min(0).max(3_600_000).default(10_000),
  pullPolicy: z.enum(['missing', 'always', 'never']).default('missing'),
});
export type ContainerTemplate = z.infer<typeof containerTemplate>;
export type ContainerTemplateInput = z.input<typeof containerTemplate>;
