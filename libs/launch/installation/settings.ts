import { z } from 'zod';
import { LaunchError } from '../launch-error.js';

const port = z.coerce.number().int().min(1).max(65535);

/** Every port that `up` listens on: its variable, its default, what it is for. */
export const portTable = {
  api: { variable: 'PIERHEAD_API_PORT', fallback: 7080, purpose: 'the APIs' },
  gateway: { variable: 'PIERHEAD_GATEWAY_PORT', fallback: 7443, purpose: 'the agents’ sessions' },
  join: { variable: 'PIERHEAD_GATEWAY_JOIN_PORT', fallback: 7444, purpose: 'nodes that join' },
  gatewayHealth: { variable: 'PIERHEAD_GATEWAY_HEALTH_PORT', fallback: 7091, purpose: 'the gateway’s health' },
  workerHealth: { variable: 'PIERHEAD_WORKER_HEALTH_PORT', fallback: 7092, purpose: 'the worker’s health' },
  agentHealth: { variable: 'PIERHEAD_AGENT_HEALTH_PORT', fallback: 7093, purpose: 'the agent’s health' },
  apiHealth: { variable: 'PIERHEAD_API_HEALTH_PORT', fallback: 7094, purpose: 'the api’s metrics' },
  postgres: { variable: 'PIERHEAD_POSTGRES_PORT', fallback: 7432, purpose: 'PostgreSQL' },
  redis: { variable: 'PIERHEAD_REDIS_PORT', fallback: 7379, purpose: 'Redis' },
  edgeHttp: { variable: 'PIERHEAD_EDGE_HTTP_PORT', fallback: 8081, purpose: 'routes of HTTP' },
  edgeHttps: { variable: 'PIERHEAD_EDGE_HTTPS_PORT', fallback: 8444, purpose: 'routes of HTTPS' },
  edgeMetrics: { variable: 'PIERHEAD_EDGE_METRICS_PORT', fallback: 7095, purpose: 'the load balancer’s metrics' },
  storage: { variable: 'PIERHEAD_STORAGE_PORT', fallback: 7049, purpose: 'file shares' },
  sample: { variable: 'PIERHEAD_SAMPLE_PORT', fallback: 7088, purpose: 'the sample stack' },
} as const;

export type PortName = keyof typeof portTable;

const stored = z.object({
  ports: z.partialRecord(z.enum(Object.keys(portTable) as [PortName, ...PortName[]]), port),
  apiHost: z.string().optional(),
  gatewayHost: z.string().optional(),
  edgeHost: z.string().optional(),
  storageHost: z.string().optional(),
  nodeRoles: z.string().optional(),
  overlay: z.string().optional(),
  publicUrl: z.string().optional(),
  joinAddress: z.string().optional(),
  gateways: z.string().optional(),
  defaultDomain: z.string().optional(),
  databaseUrl: z.string().optional(),
  redisUrl: z.string().optional(),
  redisSentinels: z.string().optional(),
  redisSentinelName: z.string().optional(),
  redisCluster: z.string().optional(),
  engine: z.string().optional(),
});
export type StoredSettings = z.infer<typeof stored>;

/** What one installation runs with. What is undefined of the external parts is started by us. */
export interface Settings extends Omit<StoredSettings, 'ports'> {
  ports: Record<PortName, number>;
  apiHost: string;
  gatewayHost: string;
  edgeHost: string;
  storageHost: string;
  /** Of the local node, separated by commas; none for one that only runs containers. */
  nodeRoles: string;
  /** Hosts below it are given to routes that name none. */
  defaultDomain: string;
}

export function parseStored(text: string): StoredSettings {
  return stored.parse(JSON.parse(text));
}

/**
 * The environment first, then what the last `up` ran with (so that `status`, `down` and a second `up` need no
 * variables), then the defaults.
 */
export function resolveSettings(env: NodeJS.ProcessEnv, last: StoredSettings | undefined): Settings {
  const ports = Object.fromEntries(
    Object.entries(portTable).map(([name, { variable, fallback }]) => {
      const given = env[variable] || undefined;
      const parsed = port.safeParse(given ?? last?.ports[name as PortName] ?? fallback);
      if (!parsed.success) throw new LaunchError(`${variable}=${given} is not a port (1 to 65535).`);
      return [name, parsed.data];
    }),
  ) as Record<PortName, number>;
  requireDistinct(ports);
  const engine = env.PIERHEAD_ENGINE || last?.engine;
  if (engine && !/^unix:\/\/\/./.test(engine)) {
    throw new LaunchError('PIERHEAD_ENGINE must be a unix socket: unix:///path/of/the/engine.sock.');
  }
  return {
    ports,
    apiHost: env.PIERHEAD_API_HOST || last?.apiHost || '127.0.0.1',
    gatewayHost: env.PIERHEAD_GATEWAY_HOST || last?.gatewayHost || '127.0.0.1',
    edgeHost: env.PIERHEAD_EDGE_ADDRESS || last?.edgeHost || '0.0.0.0',
    // Other nodes’ mounts come to the address that is given.
    storageHost: env.PIERHEAD_STORAGE_ADDRESS || last?.storageHost || '127.0.0.1',
    // An engine that was found may have another view of mounts than the agent.
    nodeRoles: env.PIERHEAD_NODE_ROLES || last?.nodeRoles || (engine ? 'edge' : 'edge,storage'),
    overlay: env.PIERHEAD_OVERLAY || last?.overlay,
    publicUrl: env.PIERHEAD_PUBLIC_URL || last?.publicUrl,
    joinAddress: env.PIERHEAD_JOIN_ADDRESS || last?.joinAddress,
    gateways: env.PIERHEAD_GATEWAYS || last?.gateways,
    // Resolvers lead every name below localhost to this machine.
    defaultDomain: env.PIERHEAD_DEFAULT_DOMAIN || last?.defaultDomain || 'apps.localhost',
    databaseUrl: env.DATABASE_URL || last?.databaseUrl,
    redisUrl: env.REDIS_URL || last?.redisUrl,
    redisSentinels: env.PIERHEAD_REDIS_SENTINELS || last?.redisSentinels,
    redisSentinelName: env.PIERHEAD_REDIS_SENTINEL_NAME || last?.redisSentinelName,
    redisCluster: env.PIERHEAD_REDIS_CLUSTER || last?.redisCluster,
    engine,
  };
}

function requireDistinct(ports: Record<PortName, number>): void {
  const seen = new Map<number, PortName>();
  for (const [name, value] of Object.entries(ports) as [PortName, number][]) {
    const other = seen.get(value);
    if (other) {
      throw new LaunchError(
        `Port ${value} is given to two things: set ${portTable[other].variable} or ${portTable[name].variable} to another.`,
      );
    }
    seen.set(value, name);
  }
}
