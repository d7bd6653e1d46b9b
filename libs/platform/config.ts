import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * The environment, read and checked once per process. A process that lacks something says which variable and why,
 * and does not start half-wired.
 */
const port = z.coerce.number().int().min(0).max(65535);
const duration = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

const masterKeyFile = z.string().transform((file, context) => {
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
    if (key.length === 32) return key;
    context.addIssue({ code: 'custom', message: `${file} must hold 32 bytes in base64` });
  } catch {
    context.addIssue({ code: 'custom', message: `${file} cannot be read` });
  }
  return z.NEVER;
});

const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((name) => name.trim() || []));

const units: Record<string, number> = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** `64M,1G`, in bytes. */
const sizes = list.transform((texts, context) =>
  texts.flatMap((text) => {
    const [, number, unit = ''] = /^(\d{1,6})([MGT])$/.exec(text) ?? [];
    if (number && Number(number) > 0) return [Number(number) * (units[unit] ?? 1)];
    context.addIssue({ code: 'custom', message: `${text} is no size such as 64M or 1G` });
    return [];
  }),
);

/** `20000-29999` */
const portRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, 'must be two ports such as 20000-29999')
  .transform((text) => {
    const [from = 0, to = 0] = text.split('-').map(Number);
    return { from, to };
  })
  .refine(({ from, to }) => from >= 1 && from <= to && to <= 65535, 'must be two ports, the lower one first');

/** A name without a dot at its end. */
const domainName = z
  .string()
  .toLowerCase()
  .regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/,
    'must be a name such as apps.example.com',
  );

const certificatesFile = z.string().transform((file, context) => {
  try {
    const pem = readFileSync(file, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
    context.addIssue({ code: 'custom', message: `${file} must hold certificates as PEM text` });
  } catch {
    context.addIssue({ code: 'custom', message: `${file} cannot be read` });
  }
  return z.NEVER;
});

const logging = {
  PIERHEAD_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

const truth = {
  ...logging,
  PIERHEAD_MASTER_KEY_FILE: masterKeyFile,
  /** The owner's address; each process derives its own role and password from it and the master key. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  PIERHEAD_DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(10),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** host:port,host:port of the sentinels; REDIS_URL then gives only the password. */
  PIERHEAD_REDIS_SENTINELS: z.string().optional(),
  PIERHEAD_REDIS_SENTINEL_NAME: z.string().default('mymaster'),
  /** host:port,host:port of some cluster members. */
  PIERHEAD_REDIS_CLUSTER: z.string().optional(),
  PIERHEAD_REDIS_PREFIX: z.string().default('pierhead'),
  PIERHEAD_HEALTH_HOST: z.string().default('127.0.0.1'),
  PIERHEAD_HEALTH_PORT: port.default(0),
};

/** What projects' private networks are cut from, and the prefix length of one; checked together where they are used. */
const networkPool = {
  PIERHEAD_NETWORK_POOL: z.string().default('10.64.0.0/10'),
  PIERHEAD_NETWORK_PREFIX: z.coerce.number().int().default(22),
};

const place = {
  /** What addresses of the API begin with that clients and containers are given. */
  PIERHEAD_PUBLIC_URL: z
    .url()
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  /** Public names of services, containers and nodes end with it. */
  PIERHEAD_PLATFORM_DOMAIN: z.string().default('pierhead.local'),
};

const issuer = {
  /** Of an issuer of certificates that speaks ACME (RFC 8555); without it certificates are uploaded. */
  PIERHEAD_ACME_DIRECTORY: z.url({ protocol: /^https?$/ }).optional(),
  /** Whom the issuer writes to. */
  PIERHEAD_ACME_EMAIL: z.email().optional(),
  /** File with the root certificates, as PEM, of a private issuer. */
  PIERHEAD_ACME_CA: certificatesFile.optional(),
};

const backups = {
  /** Stores of backups in inner networks that may be asked, over plain HTTP too: `host:port`, with commas. */
  PIERHEAD_INNER_BACKUP_STORES: list,
  /** A backup or restore that takes longer is given up. */
  PIERHEAD_BACKUP_DEADLINE_MS: duration(6 * 3_600_000),
};

export const apiConfig = z.object({
  ...truth,
  ...networkPool,
  PIERHEAD_API_HOST: z.string().default('127.0.0.1'),
  PIERHEAD_API_PORT: port.default(7080),
  ...place,
  /** `host:port`s that hosts are told which join: where they do, and where their agents connect then. */
  PIERHEAD_JOIN_ADDRESS: z.string().optional(),
  PIERHEAD_GATEWAYS: list,
  /** Addresses or ranges of proxies whose X-Forwarded-For is believed, separated by commas. */
  PIERHEAD_TRUSTED_PROXIES: z.string().optional(),
  PIERHEAD_BODY_LIMIT_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(2 * 1024 * 1024),
  /** A client that has not sent its whole request by then is cut off. */
  PIERHEAD_REQUEST_TIMEOUT_MS: duration(30_000),
  /** Requests a credential may make in a minute. */
  PIERHEAD_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(6000),
  PIERHEAD_ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(30).default(900),
  PIERHEAD_REFRESH_TOKEN_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .default(30 * 86400),
  /** Allow privileged containers, host paths, host network and the like. Off in a shared cloud. */
  PIERHEAD_ALLOW_HOST_ACCESS: z.stringbool().default(false),
  /** Registries in inner networks that may be asked about images, over plain HTTP: `host:port`, with commas. */
  PIERHEAD_INNER_REGISTRIES: list,
  /** Names below it are given to the first project that asks; its DNS leads every name to the edges. */
  PIERHEAD_DEFAULT_DOMAIN: domainName.optional(),
  /** Of the edges, for TCP routes. */
  PIERHEAD_EDGE_TCP_PORTS: portRange.prefault('20000-29999'),
  /** `address` or `address:port` of the servers that proofs of domains are looked up at, with commas; else the system’s. */
  PIERHEAD_DNS_SERVERS: list,
  /** How long a public address that was given back rests before anybody gets it again. */
  PIERHEAD_PUBLIC_IP_REST_MS: duration(300_000),
  /** Sizes of file shares that are offered beside the standard ones: `64M,1G`. */
  PIERHEAD_FILE_SHARE_SIZES: sizes,
  /** Web servers in inner networks may prove domains too. Off where tenants must not learn of those networks. */
  PIERHEAD_INNER_PROOFS: z.stringbool().default(false),
  ...backups,
  ...issuer,
});
export type ApiConfig = z.infer<typeof apiConfig>;

export const workerConfig = z.object({
  ...truth,
  ...networkPool,
  ...place,
  PIERHEAD_WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(256).default(16),
  PIERHEAD_SWEEP_MS: duration(10_000),
  ...backups,
  /** Backups and restores that one worker carries at a time. */
  PIERHEAD_BACKUPS_AT_ONCE: z.coerce.number().int().min(1).max(32).default(2),
  /** What a worker carries that gave no sign for so long is taken over by another one. */
  PIERHEAD_BACKUP_LEASE_MS: duration(20_000),
  ...issuer,
  // A gateway that dies without a word is missed by its agents after 2 s: they have as long again to find another one.
  PIERHEAD_NODE_SUSPECT_MS: duration(1_500),
  PIERHEAD_NODE_UNREACHABLE_MS: duration(2_500),
  PIERHEAD_NODE_LOST_MS: duration(4_000),
  PIERHEAD_INNER_REGISTRIES: list,
  /** Between two looks at the image of a service that is redeployed when it changes. */
  PIERHEAD_IMAGE_LOOK_MS: duration(60_000),
});
export type WorkerConfig = z.infer<typeof workerConfig>;

export const gatewayConfig = z.object({
  ...truth,
  PIERHEAD_GATEWAY_HOST: z.string().default('0.0.0.0'),
  PIERHEAD_GATEWAY_PORT: port.default(7443),
  PIERHEAD_GATEWAY_JOIN_PORT: port.default(7444),
  /** host:port under which api, worker and other gateways reach this one. */
  PIERHEAD_GATEWAY_ADVERTISE: z.string().optional(),
  PIERHEAD_HEARTBEAT_MS: duration(500),
});
export type GatewayConfig = z.infer<typeof gatewayConfig>;

export const migrateConfig = z.object({
  ...logging,
  PIERHEAD_MASTER_KEY_FILE: masterKeyFile,
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
});
export type MigrateConfig = z.infer<typeof migrateConfig>;

/** Reads a process's configuration or ends with one sentence per wrong variable. Values are never printed. */
export function readConfig<S extends z.ZodType>(schema: S, environment: NodeJS.ProcessEnv = process.env): z.output<S> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`The configuration is not complete:\n${problems.join('\n')}`);
}

export class ConfigError extends Error {}
