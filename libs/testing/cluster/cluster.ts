import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EdgePart } from '#libs/launch/edge/edge.part.js';
import { freePort } from '#libs/launch/ports/port.js';
import { PostgresPart } from '#libs/launch/postgres/postgres.part.js';
import { nodeOptionsOf, type ProcessKind } from '#libs/launch/process/node-options.js';
import type { Namespaces } from '#libs/launch/process/namespaces.js';
import { NodeProcessPart } from '#libs/launch/process/node-process.part.js';
import { isStillRunning, signalIfStillRunning } from '#libs/platform/process/proc.js';
import { run } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { RedisPart } from '#libs/launch/redis/redis.part.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { CloudClient } from './cloud-client.js';
import { EngineView } from './engine-view.js';
import { Ledger } from './ledger.js';
import { NativeClient } from './native-client.js';

export interface ClusterOptions {
  apis?: number;
  workers?: number;
  gateways?: number;
  agents?: number;
  /** The engine's socket that every agent drives that has no place of its own; each sees its own containers only. */
  engineSocket?: string;
  /** Where gateways and APIs answer, this machine's loopback unless given. */
  host?: string;
  /** Where everything is kept, a new temporary folder unless given. */
  folder?: string;
  /** Given to every process. */
  env?: Record<string, string>;
  /** False starts the data bases and makes the first credentials only. */
  processes?: boolean;
  /** The database clears dead rows as an operator's does; false unless given. */
  tidy?: boolean;
  /** The agents' program; the compiled agent unless given. */
  agentEntry?: string;
}

/** A machine that an agent runs on, when not this one. */
export interface AgentPlace {
  namespaces: Namespaces;
  /** Where the agent's health is asked. */
  address: string;
  engineSocket: string;
}

export interface FirstCredentials {
  organization: string;
  project: string;
  namespace: string;
  user: string;
  password: string;
  apiKey: string;
  joinToken: string;
}

const checkout = new URL('../../../', import.meta.url).pathname;
const program = (name: string) => join(checkout, 'dist', 'apps', `${name}.js`);

/** A whole platform of real, compiled processes on this machine, several of each, for tests and benchmarks. */
export class Cluster {
  readonly apis: NodeProcessPart[] = [];
  readonly workers: NodeProcessPart[] = [];
  readonly gateways: NodeProcessPart[] = [];
  readonly agents: NodeProcessPart[] = [];
  readonly apiUrls: string[] = [];
  private readonly gatewayAddresses: string[] = [];
  private joinAddress = '';
  credentials!: FirstCredentials;
  readonly engine: EngineView;
  readonly ledger: Ledger;
  private readonly host: string;

  private constructor(
    readonly state: StateFolder,
    readonly postgres: PostgresPart,
    readonly redis: RedisPart,
    private readonly options: ClusterOptions,
  ) {
    this.engine = new EngineView(options.engineSocket ?? '/nonexistent', () => this.nodeIds());
    this.host = options.host ?? '127.0.0.1';
    this.ledger = new Ledger(() => postgres.url());
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'pierhead-cluster-'));
    const state = new StateFolder(folder);
    state.make();
    state.secret('master.key', () => randomBytes(32).toString('base64'));
    const postgres = new PostgresPart(state, { port: await freePort(), durable: false, tidy: options.tidy ?? false });
    const redis = new RedisPart(state, { port: await freePort(), durable: false });
    const cluster = new Cluster(state, postgres, redis, options);
    try {
      await Promise.all([postgres.start(), redis.start()]);
      await cluster.program('ctl/migrate');
      cluster.credentials = JSON.parse(await cluster.program('ctl/bootstrap')) as FirstCredentials;
      if (options.processes ?? true) await cluster.startProcesses();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** A client of the given API process, with the first credentials. */
  client(index = 0): CloudClient {
    const url = this.apiUrls[index];
    if (!url) throw new Error(`There is no API process ${index}.`);
    return new CloudClient(url, this.credentials.user, this.credentials.apiKey);
  }

  /** The platform's own API, as the first user, who is its operator. */
  native(index = 0): NativeClient {
    return new NativeClient(this.client(index).url, this.credentials.apiKey);
  }

  async startProcesses(): Promise<void> {
    const { apis = 2, workers = 2, gateways = 2, agents = 1 } = this.options;
    for (let i = 0; i < gateways; i++) await this.addGateway(i);
    for (let i = 0; i < apis; i++) await this.addApi(i);
    for (let i = 0; i < workers; i++) this.workers.push(await this.process('worker', i, {}));
    await Promise.all([...this.gateways, ...this.apis, ...this.workers].map((part) => part.start()));
    for (let i = 0; i < agents; i++) await this.prepareAgent();
    await Promise.all(this.agents.map((agent) => agent.start()));
  }

  /** A new join token of the shared pool. */
  async joinToken(): Promise<string> {
    if (this.apis.some((api) => api.isRunning())) {
      return (await this.native().ok<{ token: string }>('POST', '/join-tokens', { pool: 'shared' })).token;
    }
    return (JSON.parse(await this.program('ctl/bootstrap', ['--join-token'])) as FirstCredentials).joinToken;
  }

  /** Enrols one more node over the join port, with the given token or one of its own. */
  async addAgent(env: Record<string, string> = {}, joinToken?: string, place?: AgentPlace): Promise<NodeProcessPart> {
    const agent = await this.prepareAgent(env, joinToken, place);
    await agent.start();
    return agent;
  }

  /** The cluster's last agent, which is still to be started. */
  async prepareAgent(
    env: Record<string, string> = {},
    joinToken?: string,
    place?: AgentPlace,
  ): Promise<NodeProcessPart> {
    const index = this.agents.length;
    const token = joinToken ?? (await this.joinToken());
    const folder = this.state.file(`agent-${index}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
    const own = { ...this.agentEnvironment(folder, `node-${index + 1}`, place?.engineSocket), ...env };
    const agent = await this.process('agent', index, own, place);
    this.agents.push(agent);
    return agent;
  }

  /** What an agent is started with, its join token being in the folder's file `token`. */
  agentEnvironment(folder: string, nodeName: string, engineSocket = this.options.engineSocket): NodeJS.ProcessEnv {
    return {
      ...this.options.env,
      PATH: process.env.PATH,
      PIERHEAD_AGENT_STATE: join(folder, 'state'),
      PIERHEAD_JOIN_TOKEN_FILE: join(folder, 'token'),
      PIERHEAD_GATEWAYS: this.gatewayAddresses.join(','),
      PIERHEAD_JOIN_ADDRESS: this.joinAddress,
      PIERHEAD_ENGINE: `unix://${engineSocket}`,
      PIERHEAD_NODE_NAME: nodeName,
    };
  }

  /** The arguments that node runs an agent with. */
  agentCommand(): string[] {
    return [program('agent/main')];
  }

  /** Of nodes whose agents were started by somebody else. */
  readonly otherNodeIds: string[] = [];

  /** Of the agents that have joined, in their order, and then of other nodes. */
  nodeIds(): string[] {
    const own = this.agents.flatMap((_, index) => {
      try {
        const identity = readFileSync(join(this.agentState(index), 'identity.json'), 'utf8');
        return [(JSON.parse(identity) as { nodeId: string }).nodeId];
      } catch {
        return [];
      }
    });
    return [...own, ...this.otherNodeIds];
  }

  /** Ends a part as a crash would, without a chance to tidy up. */
  async kill(part: { name: string }): Promise<void> {
    const identity = this.state.daemon(part.name).running();
    if (!identity) throw new Error(`${part.name} does not run.`);
    signalIfStillRunning(identity, 'SIGKILL');
    await waitFor(() => !isStillRunning(identity), {
      what: `The end of ${part.name}`,
      timeoutMs: 10_000,
      intervalMs: 10,
    });
  }

  /** Ends every process and removes what the nodes left on the engine. */
  async stop(): Promise<void> {
    const processes = [...this.apis, ...this.workers, ...this.gateways, ...this.agents];
    await Promise.allSettled(processes.map((part) => part.stop()));
    await Promise.allSettled(this.agents.map((_, index) => this.edge(index).stop()));
    const swept = this.options.engineSocket ? this.engine.sweep() : undefined;
    await Promise.allSettled([this.postgres.stop(), this.redis.stop(), swept]);
    if (!process.env.PIERHEAD_TEST_KEEP) this.state.remove();
  }

  /** The load balancer of an agent with the edge role, which outlives it. */
  edge(index: number, ports = { httpPort: 0, httpsPort: 0 }): EdgePart {
    return new EdgePart({ agentFolder: this.agentState(index), host: this.host, ...ports });
  }

  logFile(name: string): string {
    return this.state.file('logs', `${name}.log`);
  }

  async program(name: string, args: string[] = []): Promise<string> {
    const { stdout } = await run(process.execPath, [program(name), ...args], { env: this.truth(), timeoutMs: 60_000 });
    return stdout;
  }

  private agentState(index: number): string {
    return join(this.state.file(`agent-${index}`), 'state');
  }

  private truth(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      PIERHEAD_MASTER_KEY_FILE: this.state.file('keys', 'master.key'),
      DATABASE_URL: this.postgres.url(),
      REDIS_URL: this.redis.url(),
      PIERHEAD_SWEEP_MS: '2000',
      ...this.options.env,
    };
  }

  private async addGateway(index: number): Promise<void> {
    const [port, joinPort] = [await freePort(), await freePort()];
    this.gatewayAddresses.push(`${this.host}:${port}`);
    this.joinAddress ||= `${this.host}:${joinPort}`;
    this.gateways.push(
      await this.process('gateway', index, {
        PIERHEAD_GATEWAY_HOST: this.host,
        PIERHEAD_GATEWAY_PORT: String(port),
        PIERHEAD_GATEWAY_JOIN_PORT: String(joinPort),
        PIERHEAD_GATEWAY_ADVERTISE: `${this.host}:${port}`,
      }),
    );
  }

  private async addApi(index: number): Promise<void> {
    const port = await freePort();
    this.apiUrls.push(`http://${this.host}:${port}`);
    const env = {
      PIERHEAD_API_HOST: this.host,
      PIERHEAD_API_PORT: String(port),
      PIERHEAD_PUBLIC_URL: this.apiUrls[0],
      PIERHEAD_GATEWAYS: this.gatewayAddresses.join(','),
      PIERHEAD_JOIN_ADDRESS: this.joinAddress,
    };
    this.apis.push(await this.process('api', index, env));
  }

  private async process(
    kind: ProcessKind,
    index: number,
    env: NodeJS.ProcessEnv,
    place?: AgentPlace,
  ): Promise<NodeProcessPart> {
    const healthPort = await freePort();
    const healthHost = place?.address ?? '127.0.0.1';
    return new NodeProcessPart(this.state, {
      name: `${kind}-${index}`,
      entry: (kind === 'agent' && this.options.agentEntry) || program(`${kind}/main`),
      env: {
        ...this.truth(),
        ...env,
        PIERHEAD_HEALTH_HOST: healthHost,
        PIERHEAD_HEALTH_PORT: String(healthPort),
      },
      healthUrl: `http://${healthHost}:${healthPort}/health/ready`,
      ...(place && { namespaces: place.namespaces }),
      nodeOptions: nodeOptionsOf[kind],
      readyMs: 60_000,
    });
  }
}
