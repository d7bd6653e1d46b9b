import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EdgePart } from '../edge/edge.part.js';
import { PodmanPart } from '../engine/podman.part.js';
import type { Part } from '../part.js';
import { PostgresPart } from '../postgres/postgres.part.js';
import { nodeOptionsOf, type ProcessKind } from '../process/node-options.js';
import { NodeProcessPart } from '../process/node-process.part.js';
import { RedisPart } from '../redis/redis.part.js';
import { StateFolder } from '../state/state-folder.js';
import { StoragePart } from '../storage/storage.part.js';
import { parseStored, portTable, resolveSettings, type Settings } from './settings.js';

const passedOn = /^(PIERHEAD_|OTEL_|(PATH|HOME|TZ|LANG|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|HTTPS?_PROXY|NO_PROXY)$)/i;
/** What the settings hold, and `up` gives each process as far as it is meant for it. */
const decided = new Set<string>([
  ...Object.values(portTable).map(({ variable }) => variable),
  ...['PIERHEAD_STATE', 'PIERHEAD_CHECKOUT', 'PIERHEAD_ENGINE', 'PIERHEAD_MASTER_KEY_FILE', 'PIERHEAD_HEALTH_PORT'],
  ...['PIERHEAD_REDIS_SENTINELS', 'PIERHEAD_REDIS_SENTINEL_NAME', 'PIERHEAD_REDIS_CLUSTER', 'PIERHEAD_PUBLIC_URL'],
  ...['PIERHEAD_API_HOST', 'PIERHEAD_GATEWAY_HOST', 'PIERHEAD_EDGE_ADDRESS', 'PIERHEAD_NODE_ROLES', 'PIERHEAD_OVERLAY'],
  ...['PIERHEAD_STORAGE_ADDRESS', 'PIERHEAD_JOIN_ADDRESS', 'PIERHEAD_GATEWAYS'],
]);

/** Variables that the processes get on top of those that `up` decides: log level, timers, limits, proxies. */
function passedVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name) && !decided.has(name)));
}

const everywhere = new Set(['0.0.0.0', '::']);

/** With PIERHEAD_DEV the processes start again by themselves when the build changes. */
const nodeOptions = process.env.PIERHEAD_DEV ? ['--watch', '--watch-preserve-output'] : [];

/** One platform on this machine: what it consists of, where each part answers, with what it is started. */
export class Installation {
  readonly postgres: PostgresPart | undefined;
  readonly redis: RedisPart | undefined;
  readonly podman: PodmanPart | undefined;

  private constructor(
    readonly checkout: string,
    readonly state: StateFolder,
    readonly settings: Settings,
  ) {
    const { databaseUrl, redisUrl, redisSentinels, redisCluster, engine, ports } = settings;
    this.postgres = databaseUrl ? undefined : new PostgresPart(state, { port: ports.postgres });
    const ownRedis = !redisUrl && !redisSentinels && !redisCluster;
    this.redis = ownRedis ? new RedisPart(state, { port: ports.redis }) : undefined;
    this.podman = engine ? undefined : new PodmanPart(state);
  }

  static open(checkout: string, env: NodeJS.ProcessEnv = process.env): Installation {
    const state = StateFolder.of(checkout, env);
    const file = state.file('launch.json');
    const last = existsSync(file) ? parseStored(readFileSync(file, 'utf8')) : undefined;
    return new Installation(checkout, state, resolveSettings(env, last));
  }

  /** Makes the state folder and keeps the settings for the next command. */
  prepare(): void {
    this.state.make();
    this.state.writePrivate(this.state.file('launch.json'), JSON.stringify(this.settings, null, 2));
    this.state.secret('master.key', () => randomBytes(32).toString('base64'));
  }

  get apiUrl(): string {
    return `http://${this.reachable(this.settings.apiHost)}:${this.settings.ports.api}`;
  }

  get publicUrl(): string {
    return this.settings.publicUrl ?? this.apiUrl;
  }

  get engine(): string {
    return this.settings.engine ?? `unix://${this.podman?.socketPath()}`;
  }

  get engineSocket(): string {
    return this.engine.slice('unix://'.length);
  }

  get credentialsFile(): string {
    return this.state.file('credentials.json');
  }

  get joinTokenFile(): string {
    return this.state.file('agent', 'join-token');
  }

  get agentFolder(): string {
    return this.state.file('agent', 'state');
  }

  program(name: string): string {
    return join(this.checkout, 'dist', 'apps', `${name}.js`);
  }

  /** What migrate and bootstrap need, and every process of the control plane. */
  truthEnvironment(): NodeJS.ProcessEnv {
    const { settings } = this;
    const env: NodeJS.ProcessEnv = {
      ...passedVariables(),
      PIERHEAD_MASTER_KEY_FILE: this.state.file('keys', 'master.key'),
      DATABASE_URL: settings.databaseUrl ?? this.postgres?.url(),
      REDIS_URL: settings.redisUrl ?? this.redis?.url(),
      PIERHEAD_REDIS_SENTINELS: settings.redisSentinels,
      PIERHEAD_REDIS_SENTINEL_NAME: settings.redisSentinelName,
      PIERHEAD_REDIS_CLUSTER: settings.redisCluster,
      PIERHEAD_PUBLIC_URL: this.publicUrl,
      PIERHEAD_DEFAULT_DOMAIN: settings.defaultDomain,
      PIERHEAD_API_HOST: settings.apiHost,
      PIERHEAD_API_PORT: String(settings.ports.api),
      PIERHEAD_GATEWAY_HOST: settings.gatewayHost,
      PIERHEAD_GATEWAY_PORT: String(settings.ports.gateway),
      PIERHEAD_GATEWAY_JOIN_PORT: String(settings.ports.join),
      PIERHEAD_GATEWAY_ADVERTISE: `${this.reachable(settings.gatewayHost)}:${settings.ports.gateway}`,
      PIERHEAD_GATEWAYS: settings.gateways ?? `${this.gatewayForHosts()}:${settings.ports.gateway}`,
      PIERHEAD_JOIN_ADDRESS: settings.joinAddress ?? `${this.gatewayForHosts()}:${settings.ports.join}`,
    };
    return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
  }

  /** The agent stands on the node: of the control plane it knows the gateway's addresses, and no secret. */
  agentEnvironment(): NodeJS.ProcessEnv {
    const { gatewayHost, edgeHost, storageHost, ports } = this.settings;
    const gateway = this.reachable(gatewayHost);
    return {
      ...passedVariables(),
      PIERHEAD_AGENT_STATE: this.agentFolder,
      PIERHEAD_JOIN_TOKEN_FILE: this.joinTokenFile,
      PIERHEAD_GATEWAYS: `${gateway}:${ports.gateway}`,
      PIERHEAD_JOIN_ADDRESS: `${gateway}:${ports.join}`,
      PIERHEAD_ENGINE: this.engine,
      PIERHEAD_HEALTH_PORT: String(ports.agentHealth),
      PIERHEAD_NODE_ROLES: this.nodeRoles().join(','),
      PIERHEAD_OVERLAY: this.overlay,
      PIERHEAD_EDGE_ADDRESS: edgeHost,
      PIERHEAD_EDGE_HTTP_PORT: String(ports.edgeHttp),
      PIERHEAD_EDGE_HTTPS_PORT: String(ports.edgeHttps),
      PIERHEAD_EDGE_METRICS_PORT: String(ports.edgeMetrics),
      PIERHEAD_STORAGE_ADDRESS: storageHost,
      PIERHEAD_STORAGE_PORT: String(ports.storage),
    };
  }

  controlPlane(): NodeProcessPart[] {
    const { ports } = this.settings;
    const truth = this.truthEnvironment();
    const part = (name: ProcessKind, healthPort: number) =>
      new NodeProcessPart(this.state, {
        name,
        entry: this.program(`${name}/main`),
        env: { ...truth, PIERHEAD_HEALTH_PORT: String(healthPort) },
        healthUrl: `http://127.0.0.1:${healthPort}/health/ready`,
        nodeOptions: [...nodeOptionsOf[name], ...nodeOptions],
      });
    return [part('api', ports.apiHealth), part('gateway', ports.gatewayHealth), part('worker', ports.workerHealth)];
  }

  /**
   * Whether the local node takes part in private networks over nodes; with `auto` where it can. An engine that was
   * found may stand on another network than the agent.
   */
  get overlay(): string {
    return this.settings.overlay ?? (this.podman ? 'auto' : 'off');
  }

  /** What the local node does beside running containers. */
  nodeRoles(): string[] {
    return this.settings.nodeRoles
      .split(',')
      .map((role) => role.trim())
      .filter((role) => role && role !== 'none');
  }

  /** The local node's load balancer, when it is an edge. */
  edge(): EdgePart | undefined {
    if (!this.nodeRoles().includes('edge')) return undefined;
    const { edgeHost, ports } = this.settings;
    const { edgeHttp: httpPort, edgeHttps: httpsPort } = ports;
    return new EdgePart({ agentFolder: this.agentFolder, host: edgeHost, httpPort, httpsPort });
  }

  /** The local node's NFS server, when it keeps file shares. */
  storage(): StoragePart | undefined {
    if (!this.nodeRoles().includes('storage')) return undefined;
    const { storageHost: host, ports } = this.settings;
    return new StoragePart({ agentFolder: this.agentFolder, host, port: ports.storage });
  }

  /** From now on, and for the next commands, the local node does not do this. */
  withoutRole(role: string): void {
    this.settings.nodeRoles =
      this.nodeRoles()
        .filter((each) => each !== role)
        .join(',') || 'none';
    this.prepare();
  }

  agent(): NodeProcessPart {
    return new NodeProcessPart(this.state, {
      name: 'agent',
      entry: this.program('agent/main'),
      env: this.agentEnvironment(),
      healthUrl: `http://127.0.0.1:${this.settings.ports.agentHealth}/health/ready`,
      nodeOptions: [...nodeOptionsOf.agent, ...nodeOptions],
    });
  }

  /** Everything of ours, in the order in which it starts; it stops in the opposite one. */
  parts(): Part[] {
    const own = [this.postgres, this.redis, this.podman].filter((part) => part !== undefined);
    // The agent starts these, and would start them again: it has to end first.
    const ofAgent = [this.edge(), this.storage()].filter((part) => part !== undefined);
    return [...own, ...this.controlPlane(), ...ofAgent, this.agent()];
  }

  /** Where hosts that join are sent: a gateway that listens everywhere answers where the platform does. */
  private gatewayForHosts(): string {
    const { gatewayHost, publicUrl } = this.settings;
    return publicUrl && everywhere.has(gatewayHost) ? new URL(publicUrl).hostname : this.reachable(gatewayHost);
  }

  /** An address that listens everywhere is reached at loopback from this machine. */
  private reachable(host: string): string {
    if (host === '0.0.0.0') return '127.0.0.1';
    return host.includes(':') ? `[${host === '::' ? '::1' : host}]` : host;
  }
}
