import type { TlsIdentity } from '#libs/agent-protocol/channel.js';
import type { NodeHello } from '#libs/agent-protocol/node-assignment.js';
import { helloToWire } from '#libs/agent-protocol/report.translate.js';
import type { NetworkState } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { Log } from '#libs/platform/log.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import { engineDeadlines, within } from './converge/engine.client.js';
import { NodeContext, type Parallelism } from './converge/node.context.js';
import { NodeConverger } from './converge/node.converger.js';
import type { EdgeNode } from './edge/edge.node.js';
import { ExitHook } from './hooks/exit.hook.js';
import { HealthHook } from './hooks/health.hook.js';
import { ImageHook } from './hooks/image.hook.js';
import { NetworkHook } from './hooks/network.hook.js';
import type { RuntimeHook } from './hooks/runtime.hook.js';
import { VolumeHook } from './hooks/volume.hook.js';
import type { ShareMounts } from './shares/share.mounts.js';
import type { NodeShares } from './shares/shares.open.js';
import type { Overlay } from './network/overlay.js';
import { nodeHello } from './node-facts.js';
import { Reporter } from './session/reporter.js';
import type { AgentSession } from './session/session.js';
import { SessionClient, type SessionTiming } from './session/session.client.js';
import { FoundVolumes } from './storage/found-volumes.js';
import { StorageService, type StorageTiming } from './storage/storage.service.js';
import { VolumeArchives } from './storage/volume.archives.js';
import { VolumeFences } from './storage/volume-fences.js';
import { ImageGrants } from './state/image-grants.js';
import type { StateStore } from './state/state.store.js';
import { StreamService } from './stream/stream.service.js';
import { EngineWatch, type WatchTiming } from './watch/engine.watch.js';

export interface AgentOptions {
  driver: RuntimeDriver;
  store: StateStore;
  /** Kept beside the state; for the life of the process when not given. */
  imageGrants?: ImageGrants;
  volumeFences?: VolumeFences;
  storageTiming?: StorageTiming;
  /** host:port of the gateways; any of them will do. */
  gateways: readonly string[];
  identity: () => TlsIdentity;
  log: Log;
  labels?: Record<string, string>;
  maxContainers?: number;
  address?: string | undefined;
  /** What it does beside running containers. */
  roles?: string[];
  /** Of a node with that role. */
  edge?: EdgeNode | undefined;
  /** Makes the projects' private networks span nodes; they end at this one when not given. */
  overlay?: Overlay;
  /** How it reaches file shares, and those that it keeps; none when not given. */
  shares?: NodeShares;
  /** Where other nodes' packets and mounts go; the address when not given. */
  underlayAddress?: string;
  parallelism?: Parallelism;
  sessionTiming?: SessionTiming;
  watchTiming?: WatchTiming;
}

const engineRetryMs = 1_000;

/** The order that RuntimeHook speaks of. */
export const hooksFor = (
  driver: RuntimeDriver,
  images = new ImageGrants(null),
  overlay: Overlay | null = null,
  fences = new VolumeFences(null),
  found = new FoundVolumes(),
  shares: ShareMounts | null = null,
): RuntimeHook[] => [
  new ImageHook(driver, images),
  new NetworkHook(driver, overlay),
  new VolumeHook(driver, fences, found, shares),
  new ExitHook(driver),
  new HealthHook(driver),
];

/** One node's agent. Many can live in one process, each with a driver, a store and an identity of its own. */
export class Agent {
  readonly converger: NodeConverger;
  readonly streams: StreamService;
  readonly storage: StorageService;
  private readonly archives: VolumeArchives;
  private readonly reporter: Reporter;
  private readonly watch: EngineWatch;
  private readonly session: SessionClient;
  private facts: NodeHello | null = null;
  private stopped = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly options: AgentOptions) {
    const { driver, store, log } = options;
    const { volumeFences: fences = new VolumeFences(null) } = options;
    const found = new FoundVolumes();
    this.reporter = new Reporter((containerId) => this.converger.storedAsRemoved(containerId));
    const context = new NodeContext(
      driver,
      hooksFor(driver, options.imageGrants, options.overlay ?? null, fences, found, options.shares?.mounts ?? null),
      log,
      {
        report: ({ assignment }, observed) =>
          this.reporter.put(assignment.containerId, assignment.generation, observed),
        save: (record) => store.save(record),
        sharesProject: (record) => this.converger.sharesProject(record),
        neighbours: (record, serviceId) => this.converger.neighbours(record, serviceId),
      },
      options.parallelism,
    );
    this.converger = new NodeConverger(context, store, (containerId) => this.reporter.forget(containerId));
    this.watch = new EngineWatch(driver, this.converger, log, options.watchTiming);
    const fenceOff = (volumeId: string, fence: number) => this.converger.fence(volumeId, fence);
    const keeper = options.shares?.keeper ?? null;
    this.storage = new StorageService({ driver, fences, found, fenceOff, keeper, log, timing: options.storageTiming });
    this.archives = new VolumeArchives(driver, log, options.shares?.mounts ?? null);
    const objects = options.shares?.objects ?? null;
    this.streams = new StreamService(driver, (id) => this.converger.engineIdOf(id), this.archives, objects, log);
    this.session = this.sessionClient();
  }

  /** Resolves when what the node holds was taken up; waits for an engine that does not answer yet. */
  async start(): Promise<void> {
    // Before containers are looked at: what runs is guarded and finds its names from the first moment.
    await this.options.overlay?.start();
    await this.options.edge?.start();
    await this.options.shares?.keeper?.start();
    while (!this.stopped) {
      try {
        await this.storage.load();
        await this.archives.clean();
        await this.converger.start();
        break;
      } catch (error) {
        if (!isRuntimeError(error)) throw error;
        this.options.log.warn({ reason: error.message }, 'Waiting for the container engine.');
        await new Promise<void>((resolve) => (this.retry = setTimeout(resolve, engineRetryMs)));
      }
    }
    if (this.stopped) return;
    this.watch.start();
    this.storage.start();
    this.session.start();
  }

  /** Leaves every container, and an edge’s load balancer, as it is. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    this.watch.stop();
    this.storage.stop();
    this.reporter.close();
    await this.session.stop();
    await this.options.edge?.stop();
    await this.options.shares?.keeper?.stop();
    await this.converger.close();
    await this.options.overlay?.stop();
  }

  /** With whatever identity is current now. */
  reconnect(): void {
    this.session.reconnect();
  }

  get overlay(): Overlay | undefined {
    return this.options.overlay;
  }

  get connected(): boolean {
    return this.session.connected;
  }

  /** Sentences on what is not as it should be. */
  problems(): string[] {
    const problems: string[] = [];
    if (!this.connected) problems.push('No gateway is connected.');
    if (!this.watch.answers) problems.push('The container engine does not answer.');
    problems.push(...(this.options.overlay?.problems() ?? []));
    problems.push(...(this.options.shares?.keeper?.problems() ?? []));
    return problems;
  }

  /** Fresh if the engine answers: a node must not seem lost because its engine hangs while containers run. */
  private async hello(): Promise<NodeHello> {
    const { driver, gateways, labels = {}, maxContainers = 1_000, address, roles = [] } = this.options;
    const { overlay, underlayAddress } = this.options;
    const shares = await this.shareFacts();
    const network = { overlay: overlay !== undefined, ...(underlayAddress !== undefined && { underlayAddress }) };
    try {
      const facts = nodeHello(driver, { labels, maxContainers, address, gateways, roles, ...network, ...shares });
      this.facts = await within(engineDeadlines.look, facts);
    } catch (error) {
      if (!this.facts) throw error;
    }
    return this.facts;
  }

  private async shareFacts(): Promise<Pick<NodeHello, 'machine' | 'nfsClient' | 'storage'>> {
    const { shares } = this.options;
    if (!shares) return {};
    const { machine, nfsClient } = shares.place;
    return { ...(machine !== null && { machine }), nfsClient, storage: await shares.keeper?.facts() };
  }

  private async applyNetwork(session: AgentSession, state: NetworkState): Promise<void> {
    const applied = await this.options.overlay?.receive(state);
    if (applied) await session.send({ $case: 'networkApplied', value: applied });
  }

  private sessionClient(): SessionClient {
    const { gateways, identity, log, edge } = this.options;
    return new SessionClient({
      gateways,
      identity,
      log,
      ...(this.options.sessionTiming && { timing: this.options.sessionTiming }),
      sink: this.converger,
      hello: async () => helloToWire(await this.hello(), this.converger.heldGeneration),
      events: {
        welcomed: (session) => {
          log.info('A session with a gateway is open.');
          this.reporter.open((reports) => session.report(reports));
          edge?.sessionBegan({
            projectApplied: (value) => void session.send({ $case: 'edgeProjectApplied', value }),
            applied: (generation, problems) =>
              void session.send({ $case: 'edgeApplied', value: { generation, problems } }),
          });
          this.storage.open({
            report: (value) => void session.send({ $case: 'storageReport', value }),
            applied: (generation) => void session.send({ $case: 'storageApplied', value: { generation } }),
          });
          this.options.overlay?.welcomed((peers) => {
            void session.send({ $case: 'networkProbe', value: { peers: [...peers] } });
          });
        },
        stored: (sequence) => this.reporter.stored(sequence),
        openStream: (session, request) => this.streams.serve(session, request),
        closeStream: (streamId) => this.streams.close(streamId),
        edgeState: (state) => edge?.receive(state),
        network: (session, state) => void this.applyNetwork(session, state),
        storage: (state) => this.storage.receive(state),
        ended: () => {
          this.storage.close();
          edge?.sessionEnded();
          this.reporter.close();
        },
      },
    });
  }
}
