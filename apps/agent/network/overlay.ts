import type { NetworkState } from '#libs/agent-protocol/generated/pierhead/agent/v1/network.js';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { Log } from '#libs/platform/log.js';
import type { NameService, NetworkAttachment } from '#libs/runtime/container.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { RuntimeError } from '#libs/runtime/runtime.error.js';
import { tableName } from '#libs/domain/network/device-names.js';
import type { Asked } from '../dns/name.answer.js';
import { NameBook } from '../dns/name.book.js';
import { NameForwarder, nodeServers } from '../dns/name.forwarder.js';
import { NameServer } from '../dns/name.server.js';
import { desiredKernel, type NodePlace, residents } from './desired.js';
import { EngineNetworks } from './engine.networks.js';
import type { KernelPort } from './kernel.port.js';
import { NetworkBook } from './network.book.js';
import { NetworkInbox } from './network.inbox.js';
import { type KernelTarget, NetworkKernel } from './network.kernel.js';
import { NetworkProgrammer, type ProgrammerTiming } from './network.programmer.js';
import { bridgeName, containerMac, nameServer, probePort } from './overlay.names.js';
import { PeerProbe, type PeerProbeResult } from './peer.probe.js';
import type { Member, ProjectNetwork } from './project.network.js';
import { publicAddresses } from './public.addresses.js';
import { ruleset } from './ruleset.js';

export interface OverlayOptions {
  kernel: KernelPort;
  driver: RuntimeDriver;
  place: NodePlace;
  /** The engine is Docker, whose packet filter has to be opened. */
  docker: boolean;
  /** Where what is known is kept across restarts; null keeps nothing. */
  file: string | null;
  log: Log;
  /** Of the node; those of its resolv.conf unless given. */
  nameServers?: () => Promise<string[]>;
  timing?: ProgrammerTiming;
}

/** What containers look names up with. */
export const overlayNames: NameService = {
  servers: [nameServer],
  search: ['.'],
  options: ['timeout:1', 'attempts:5'],
};

/** How long a container waits for the control plane to tell its project's network; then it is tried again. */
const toldWithinMs = 3_000;
const nameServiceRetryMs = 1_000;

/**
 * The projects' private networks over all nodes, as far as this node makes them: devices, routes and packet filter,
 * the name service that containers ask, and the probes to other nodes.
 */
export class Overlay {
  readonly programmer: NetworkProgrammer;
  readonly names: NameServer;
  readonly probe: PeerProbe;
  /** Of the latest message that was put into force in this session; for metrics. */
  appliedGeneration = 0;
  private readonly book: NetworkBook;
  private readonly kernel: NetworkKernel;
  private readonly engine: EngineNetworks;
  private readonly setAside = new Set<string>();
  private readonly nameBooks = new WeakMap<ProjectNetwork, NameBook>();
  private inbox = new NetworkInbox();
  private local = new Map<string, Set<string>>();
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  private onProbe: (results: readonly PeerProbeResult[]) => void = () => undefined;

  constructor(private readonly options: OverlayOptions) {
    const { log, place } = options;
    this.book = new NetworkBook(options.file, log);
    this.kernel = new NetworkKernel(options.kernel);
    this.engine = new EngineNetworks(options.driver, place.mtu, log);
    this.programmer = new NetworkProgrammer(this.kernel, () => this.target(), log, options.timing);
    const forwarder = new NameForwarder({ servers: options.nameServers ?? nodeServers() });
    const asked = (source: string) => this.asked(source);
    this.names = new NameServer({ address: nameServer, port: 53, asked, forwarder, log });
    const report = (results: readonly PeerProbeResult[]) => this.onProbe(results);
    this.probe = new PeerProbe(() => this.book.all(), place.nodeId, probePort, log, report);
  }

  /** Takes up what an earlier life of this agent knew; what is in force stays so throughout. */
  async start(): Promise<void> {
    await this.book.load();
    await this.programmer.apply();
    await this.listen();
    this.probe.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    this.names.stop();
    this.probe.stop();
    await this.programmer.stop();
    await this.kernel.idle();
    await this.book.flush();
  }

  get networkCount(): number {
    return this.book.all().length;
  }

  /** Sentences on what is not as it should be. */
  problems(): string[] {
    const names = this.names.listening ? [] : ['The name service of the project networks does not run.'];
    return [...this.programmer.problems, ...names];
  }

  /** A session has begun: nothing of an earlier one counts, and its probes go through it. */
  welcomed(onProbe: (results: readonly PeerProbeResult[]) => void): void {
    this.inbox = new NetworkInbox();
    this.onProbe = onProbe;
  }

  /** Null when more parts follow; else resolves when the generation is in force, with what is not. */
  async receive(state: NetworkState): Promise<{ generation: number; problems: string[] } | null> {
    const change = this.inbox.receive(state);
    if (!change) return null;
    if (!this.options.docker)
      await this.engine.prepare(change.networks.filter(({ projectId }) => !this.book.of(projectId)));
    const told = new Set(change.networks.map(({ projectId }) => projectId));
    const absent = this.book.all().filter(({ projectId }) => !told.has(projectId));
    const gone = this.book.tell(
      change.networks,
      change.full ? absent.map(({ projectId }) => projectId) : change.removed,
    );
    const problems = await this.programmer.apply();
    this.appliedGeneration = change.generation;
    this.clear(gone, change.full);
    return { generation: change.generation, problems: [...change.problems, ...problems] };
  }

  /** The engine's name of the project's network, which is there then; rejects with a RuntimeError. */
  async network(projectId: string, again: boolean, signal: AbortSignal): Promise<string> {
    const network = await this.book.awaited(projectId, toldWithinMs, signal);
    if (!network) throw new RuntimeError('unavailable', 'The project’s network has not been told to this node yet.');
    await this.engine.ensure(network, again, (act) => this.aside(projectId, act));
    return this.engine.nameOf(network);
  }

  /** The container's place in it. Its address is let through, and the bridge stands, when this resolves. */
  async admit({ containerId, projectId }: NodeAssignment, address: string): Promise<Omit<NetworkAttachment, 'name'>> {
    this.book.hold({ containerId, projectId, address });
    const network = this.book.of(projectId);
    if (network) await this.ready(network);
    return { address, macAddress: containerMac(address) };
  }

  /** Before each start: engines take their bridges away with the last container that runs. */
  async starting({ containerId, projectId, privateAddress }: NodeAssignment): Promise<void> {
    const network = this.book.of(projectId);
    if (!network || privateAddress === null) return;
    const isNew = this.book.hold({ containerId, projectId, address: privateAddress });
    const bridge = await this.options.kernel.readSetting(`ipv4/conf/${bridgeName(network.vni)}/proxy_arp`);
    if (bridge !== '1') await this.programmer.look();
    if (isNew || bridge !== '1') await this.ready(network);
  }

  started({ containerId, projectId, privateAddress }: NodeAssignment): void {
    this.book.setRunning(containerId, true);
    // One that an agent which has forgotten everything finds running.
    if (privateAddress === null || !this.book.hold({ containerId, projectId, address: privateAddress })) return;
    void this.programmer.apply();
  }

  ended(containerId: string): void {
    this.book.setRunning(containerId, false);
  }

  /** The engine has the container no more. */
  async released(containerId: string): Promise<void> {
    const { known, gone } = this.book.release(containerId);
    if (known) await this.programmer.apply();
    if (gone) await this.engine.remove(gone);
  }

  /** Runs it while no device has an address of the project's range. */
  private async aside(projectId: string, act: () => Promise<void>): Promise<void> {
    this.setAside.add(projectId);
    try {
      await this.programmer.apply();
      await act();
    } finally {
      this.setAside.delete(projectId);
      await this.programmer.apply();
    }
  }

  /** Behind everybody's back: nobody waits for an engine to tidy up. */
  private clear(gone: readonly ProjectNetwork[], all: boolean): void {
    const work = all ? [this.engine.sweep(this.book.all())] : gone.map((network) => this.engine.remove(network));
    void Promise.all(work).catch((error: unknown) =>
      this.options.log.info({ err: error }, 'A network that is not needed any more stays for now.'),
    );
  }

  private async ready(network: ProjectNetwork): Promise<void> {
    await this.programmer.apply();
    if (!this.kernel.guarded)
      throw new RuntimeError('unavailable', 'The packet filter of project networks is not set.');
    const bridge = await this.options.kernel.readSetting(`ipv4/conf/${bridgeName(network.vni)}/proxy_arp`);
    if (bridge === '1') return;
    const [problem] = await this.programmer.look();
    if (problem) throw new RuntimeError('unavailable', problem);
  }

  private target(): KernelTarget {
    const { place, docker } = this.options;
    const [networks, locals] = [this.book.all(), this.book.localContainers()];
    return {
      state: desiredKernel(
        place,
        networks.filter(({ projectId }) => !this.setAside.has(projectId)),
        locals,
      ),
      ruleset: ruleset(place, networks, locals),
      table: tableName(place.nodeId),
      docker,
      moved: this.moved(networks),
      published: publicAddresses(networks).map(({ address }) => address),
      outside: place.outside,
    };
  }

  /** Addresses that were here at the last run and are elsewhere now. */
  private moved(networks: readonly ProjectNetwork[]): { bridge: string; address: string }[] {
    const { nodeId } = this.options.place;
    const moved: { bridge: string; address: string }[] = [];
    const now = new Map<string, Set<string>>();
    for (const network of networks) {
      const { local, remote } = residents(network, nodeId, this.book.localContainers());
      const before = this.local.get(network.projectId);
      if (before) {
        for (const { address } of remote) {
          if (before.has(address)) moved.push({ bridge: bridgeName(network.vni), address });
        }
      }
      // One that is gone from here and nowhere else yet may still turn up elsewhere.
      const gone = [...(before ?? [])].filter((address) => !remote.some((one) => one.address === address));
      now.set(network.projectId, new Set([...local, ...gone]));
    }
    this.local = now;
    return moved;
  }

  private asked(source: string): Asked | null {
    const { nodeId } = this.options.place;
    const network = this.book.at(source, nodeId);
    if (!network) return null;
    const book = this.nameBooks.get(network) ?? new NameBook(network);
    this.nameBooks.set(network, book);
    return {
      projectId: network.projectId,
      book,
      asker: book.at(source) ?? stranger(source),
      range: network.range,
      stillThere: (member) => member.nodeId !== nodeId || this.book.isRunning(member.containerId),
    };
  }

  private async listen(): Promise<void> {
    try {
      await this.names.start();
    } catch (error) {
      this.options.log.warn({ err: error }, 'The name service could not start; it is tried again.');
    }
    if (this.stopped || this.names.listening) return;
    this.retry = setTimeout(() => void this.listen(), nameServiceRetryMs);
  }
}

/** A container that the control plane has not told of yet: it is in no stack and has no links. */
const stranger = (address: string): Member => ({
  ...{ containerId: '', nodeId: '', address, answers: false, name: '' },
  ...{ serviceId: null, serviceName: null, stackName: null, ordinal: 0, links: [] },
});
