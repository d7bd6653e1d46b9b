import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { AgentDirectory, AgentHello, Assignment, ContainerReport } from '#libs/core/agent/agent-directory.port.js';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { ActionCommands } from '#libs/core/action/action.commands.js';
import { ContainerCommands } from '#libs/core/container/container.commands.js';
import { ProjectNetworks } from '#libs/core/network/project-networks.js';
import { ReconcileQueue, type ReconcileKey } from '#libs/core/outbox/outbox.port.js';
import { HostAccessPolicy } from '#libs/core/policy/host-access.policy.js';
import { FileShareReconciler } from '#libs/core/file-share/file-share.reconciler.js';
import { ActionReconciler } from '#libs/core/reconcile/action.reconciler.js';
import { ContainerReconciler } from '#libs/core/reconcile/container.reconciler.js';
import { NodeClusterReconciler } from '#libs/core/reconcile/node-cluster.reconciler.js';
import { NodeReconciler } from '#libs/core/reconcile/node.reconciler.js';
import { ServiceReconciler } from '#libs/core/reconcile/service.reconciler.js';
import { StackReconciler } from '#libs/core/reconcile/stack.reconciler.js';
import { RegistryVault } from '#libs/core/registry/registry.vault.js';
import { ServiceCommands } from '#libs/core/service/service.commands.js';
import { ServiceKeyVault } from '#libs/core/service/service-key.vault.js';
import { ServiceQueries } from '#libs/core/service/service.queries.js';
import { StackCommands } from '#libs/core/stack/stack.commands.js';
import { StackQueries } from '#libs/core/stack/stack.queries.js';
import type { RequestContext } from '#libs/core/tenancy/request-context.js';
import type { ObservedContainer } from '#libs/domain/container/state.js';
import { networkPool, type NetworkPool } from '#libs/domain/network/network-pool.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { PostgresAgentDirectory } from '#libs/store/agent/postgres.agent-directory.js';
import { ServiceKeys } from '#libs/store/agent/service-keys.js';
import { PullCredentials } from '#libs/store/registry/pull-credentials.js';
import { createDataSource } from '#libs/store/connection/data-source.js';
import { roleUrl } from '#libs/store/connection/database-role.js';
import { PostgresUnitOfWork } from '#libs/store/connection/postgres.unit-of-work.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';

export class NoWakeUps extends WakeUps {
  wakeNode(): void {}
  onNode(): () => void {
    return () => {};
  }
  wakeEvents(): void {}
  onEvents(): () => void {
    return () => {};
  }
}

/** Time that the test moves. */
export class TestClock extends Clock {
  private offsetMs = 0;
  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }
  advance(ms: number): void {
    this.offsetMs += ms;
  }
}

class MemoryQueue extends ReconcileQueue {
  readonly keys = new Set<ReconcileKey>();
  enqueue(keys: ReconcileKey[]): Promise<void> {
    for (const key of keys) this.keys.add(key);
    return Promise.resolve();
  }
}

/** What a node's agent would do, in memory: it obeys at once, except where a test says otherwise. */
export class SimulatedNode {
  epoch = 0;
  private generation = 0;
  private sequence = 0;
  readonly held = new Map<string, { assignment: Assignment; observed: ObservedContainer }>();
  /** Answers for a container that is to start; default: it runs. */
  behave: (assignment: Assignment) => Partial<ObservedContainer> = () => ({ state: 'running' });
  /** Keeps silent: takes nothing, reports nothing. */
  silent = false;

  constructor(
    readonly id: string,
    private readonly directory: AgentDirectory,
    private readonly roles: string[] = [],
    private readonly capacity = { milliCpu: 8_000, memoryBytes: 8 * 1024 ** 3, diskBytes: 0, maxContainers: 1_000 },
    private readonly more: Partial<AgentHello> = {},
  ) {}

  async join(): Promise<void> {
    const hello = {
      agentVersion: '1',
      engineKind: 'podman',
      engineVersion: '4.3.1',
      capacity: this.capacity,
      labels: {},
      address: '127.0.0.1',
      roles: this.roles,
      overlay: false,
      underlayAddress: '',
      ...this.more,
    };
    this.epoch = (await this.directory.openSession(this.id, 'serial', 'gateway-1', hello)).epoch;
    this.generation = 0;
    this.sequence = 0;
  }

  /** Takes what is assigned and reports what became of it; true when there was anything. */
  async step(): Promise<boolean> {
    if (this.silent) return false;
    const batch = await this.directory.assignmentsSince(this.id, this.generation);
    if (!batch) return false;
    this.generation = batch.generation;
    const reports = batch.assignments.flatMap((assignment) => this.obey(assignment));
    if (reports.length) await this.directory.report(this.id, this.epoch, reports);
    return reports.length > 0;
  }

  /** Reports that a container changed by itself. */
  async change(containerId: string, change: Partial<ObservedContainer>): Promise<void> {
    const held = this.held.get(containerId);
    if (!held) throw new Error(`${containerId} is not here`);
    held.observed = { ...held.observed, ...change };
    await this.directory.report(this.id, this.epoch, [this.reportOf(held.assignment, held.observed)]);
  }

  private obey(assignment: Assignment): ContainerReport[] {
    const before = this.held.get(assignment.containerId);
    if (before && before.assignment.generation >= assignment.generation) return [];
    const observed = this.after(assignment, before?.observed ?? fresh);
    if (observed.state === 'removed') this.held.delete(assignment.containerId);
    else this.held.set(assignment.containerId, { assignment, observed });
    return [this.reportOf(assignment, observed)];
  }

  private after(assignment: Assignment, before: ObservedContainer): ObservedContainer {
    if (assignment.desired === 'removed') return { ...before, state: 'removed' };
    if (assignment.desired === 'stopped') return { ...before, state: 'exited', exitCode: 143, finishedAt: new Date() };
    if (before.state === 'running') return before;
    const ports = (assignment.template?.ports ?? []).flatMap((port) =>
      port.hostPort
        ? [
            {
              containerPort: port.containerPort,
              protocol: port.protocol,
              hostAddress: '127.0.0.1',
              hostPort: port.hostPort,
            },
          ]
        : [],
    );
    const start = {
      ...before,
      incarnation: before.incarnation + 1,
      ports,
      startedAt: new Date(),
      finishedAt: null,
      exitCode: null,
    };
    return { ...start, ...this.behave(assignment) };
  }

  private reportOf(assignment: Assignment, observed: ObservedContainer): ContainerReport {
    return {
      sequence: ++this.sequence,
      containerId: assignment.containerId,
      generation: assignment.generation,
      observed,
    };
  }
}

const fresh: ObservedContainer = {
  state: 'pending',
  incarnation: 0,
  health: 'none',
  engineId: null,
  exitCode: null,
  message: null,
  imageDigest: null,
  address: null,
  ports: [],
  startedAt: null,
  finishedAt: null,
};

const shortWaitMs = 250;
const place = { domain: 'cloud.example', publicUrl: 'https://api.cloud.example' };

/** The control plane's core on a real database, with agents and a queue that the test drives step by step. */
export class Plane {
  readonly clock = new TestClock();
  readonly queue = new MemoryQueue();
  readonly nodes: SimulatedNode[] = [];
  readonly directory: PostgresAgentDirectory;
  readonly services: ServiceCommands;
  readonly stacks: StackCommands;
  readonly containers: ContainerCommands;
  readonly actions: ActionCommands;
  readonly serviceQueries: ServiceQueries;
  readonly stackQueries: StackQueries;
  private readonly reconcilers;

  private constructor(
    private readonly database: TestDatabase,
    private readonly sources: DataSource[],
    readonly work: PostgresUnitOfWork,
    readonly owner: DataSource,
    pool: NetworkPool,
  ) {
    const networks = new ProjectNetworks(pool);
    const wakeUps = new NoWakeUps();
    const vault = new RegistryVault(database.masterKey);
    const keys = new ServiceKeyVault(database.masterKey);
    const quiet = { warn: () => undefined };
    this.directory = new PostgresAgentDirectory(work, new PullCredentials(vault, quiet), new ServiceKeys(keys, quiet));
    this.services = new ServiceCommands(work, this.clock, new HostAccessPolicy(false));
    this.stacks = new StackCommands(work, this.clock, this.services);
    this.containers = new ContainerCommands(work, this.clock);
    this.actions = new ActionCommands(work, this.clock, this.stacks, this.services, this.containers);
    this.serviceQueries = new ServiceQueries(work);
    this.stackQueries = new StackQueries(work);
    this.reconcilers = {
      service: new ServiceReconciler(work, this.clock, wakeUps, { place, vault: keys, networks }),
      stack: new StackReconciler(work, this.clock),
      container: new ContainerReconciler(work, this.clock, wakeUps, networks),
      node: new NodeReconciler(work),
      'node-cluster': new NodeClusterReconciler(work, this.clock),
      action: new ActionReconciler(work, this.clock),
      'file-share': new FileShareReconciler(work, this.clock),
    };
  }

  static async create(pool = networkPool('10.64.0.0/10', 22)): Promise<Plane> {
    const database = await createTestDatabase();
    const open = async (url: string, name: string) =>
      createDataSource(url, { poolSize: 4, applicationName: name }).initialize();
    const owner = await open(database.url, 'test-owner');
    const tenant = await open(roleUrl(database.url, 'pierhead_tenant', database.masterKey), 'test-tenant');
    const platform = await open(roleUrl(database.url, 'pierhead_platform', database.masterKey), 'test-platform');
    return new Plane(database, [owner, tenant, platform], new PostgresUnitOfWork(tenant, platform), owner, pool);
  }

  async close(): Promise<void> {
    for (const source of this.sources) await source.destroy();
    await this.database.drop();
  }

  /** A new organization with a project, and a context of its owner. */
  async tenant(name = `t${randomBytes(4).toString('hex')}`): Promise<RequestContext> {
    const [organizationId, projectId, userId] = [newId(), newId(), newId()] as [string, string, string];
    await this.owner.query(`INSERT INTO organization (id, name, display_name) VALUES ($1, $2, $2)`, [
      organizationId,
      name,
    ]);
    await this.owner.query(`INSERT INTO user_account (id, name, display_name) VALUES ($1, $2, $2)`, [userId, name]);
    await this.owner.query(
      `INSERT INTO project (id, organization_id, name, namespace, display_name) VALUES ($1, $2, 'main', $3, 'main')`,
      [projectId, organizationId, name],
    );
    return {
      userId,
      userName: name,
      apiKeyId: null,
      sessionId: null,
      organizationId,
      organizationName: name,
      projectId,
      namespace: name,
      roles: ['owner'],
      access: 'write',
      request: { id: 'r', ip: '127.0.0.1', userAgent: 'test', method: 'POST', path: '/' },
    };
  }

  async node(
    options: {
      tags?: string[];
      organizationId?: string;
      roles?: string[];
      capacity?: ConstructorParameters<typeof SimulatedNode>[3];
    } & Pick<Partial<AgentHello>, 'storage' | 'machine' | 'nfsClient' | 'address'> = {},
  ): Promise<SimulatedNode> {
    const id: string = newId();
    await this.owner.query(
      `INSERT INTO node (id, organization_id, name, state, tags, certificate_serial) VALUES ($1, $2, $3, 'joining', $4, 'serial')`,
      [id, options.organizationId ?? null, `node-${this.nodes.length + 1}`, options.tags ?? []],
    );
    const { tags: _tags, organizationId: _owner, capacity, ...more } = options;
    const roles = options.roles ?? (options.storage ? ['storage'] : []);
    const node = new SimulatedNode(id, this.directory, roles, capacity, { ...more, roles });
    await node.join();
    this.nodes.push(node);
    return node;
  }

  /** Relays, reconciles and lets the nodes obey until nothing moves any more. */
  async settle(): Promise<void> {
    for (let round = 0; round < 200; round++) {
      const keys = await this.work.platform((tx) => tx.reconcile.claimOutbox(500));
      await this.queue.enqueue(keys);
      const due = await this.work.platformRead((tx) => tx.reconcile.dueKeys(this.clock.now()));
      await this.queue.enqueue(due);
      const taken = [...this.queue.keys];
      this.queue.keys.clear();
      for (const key of taken) await this.reconcile(key);
      let moved = false;
      for (const node of this.nodes) moved = (await node.step()) || moved;
      if (!taken.length && !moved && !(await this.skipShortWait())) return;
    }
    throw new Error('The plane does not come to rest.');
  }

  /** Moves the clock on to a look that a worker would take without anybody noticing the wait. */
  private async skipShortWait(): Promise<boolean> {
    const now = this.clock.now();
    const soon = new Date(now.getTime() + shortWaitMs);
    const rows = await this.owner.query<{ at: Date | null }[]>(
      `SELECT min(look_again_at) AS at FROM service WHERE look_again_at BETWEEN $1 AND $2`,
      [now, soon],
    );
    const at = rows[0]?.at;
    if (!at) return false;
    this.clock.advance(at.getTime() - now.getTime() + 1);
    return true;
  }

  async reconcile(key: ReconcileKey): Promise<Date | null> {
    const [kind, id = ''] = key.split(':') as [keyof Plane['reconcilers'], string];
    return this.reconcilers[kind].reconcile(id);
  }
}
