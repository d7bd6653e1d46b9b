import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '#libs/platform/log.js';
import { writeAtomically } from '../state/atomic-file.js';
import type { LocalContainer } from './desired.js';
import type { ProjectNetwork } from './project.network.js';

interface Kept {
  networks: (Omit<ProjectNetwork, 'publicAddresses'> & Partial<Pick<ProjectNetwork, 'publicAddresses'>>)[];
  locals: LocalContainer[];
}

/**
 * What the node knows of the projects' networks: what the control plane said last, and which containers it runs
 * itself. Kept on disk, so that an agent which starts again while the control plane is away changes nothing.
 */
export class NetworkBook {
  private readonly networks = new Map<string, ProjectNetwork>();
  private readonly locals = new Map<string, LocalContainer>();
  private readonly running = new Set<string>();
  /** Networks that are here for the sake of containers which are still to go. */
  private readonly retired = new Set<string>();
  private readonly lookers = new Set<() => void>();
  /** Project by address of this node's containers, made when it is needed. */
  private addresses: Map<string, string> | null = null;
  private writing: Promise<void> = Promise.resolve();
  private dirty = false;

  /** @param file null keeps nothing */
  constructor(
    private readonly file: string | null,
    private readonly log: Log,
  ) {}

  async load(): Promise<void> {
    if (!this.file) return;
    try {
      const kept = JSON.parse(await readFile(this.file, 'utf8')) as Kept;
      for (const network of kept.networks) {
        // What an older agent kept knows nothing of public addresses.
        this.networks.set(network.projectId, { ...network, publicAddresses: network.publicAddresses ?? [] });
      }
      for (const local of kept.locals) this.locals.set(local.containerId, local);
      // Until each was looked at: what ran before the agent ended most likely runs.
      for (const { containerId } of kept.locals) this.running.add(containerId);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.log.warn({ err: error }, 'What is known of project networks could not be read; the gateway will tell it.');
    }
  }

  all(): ProjectNetwork[] {
    return [...this.networks.values()];
  }

  of(projectId: string): ProjectNetwork | undefined {
    return this.networks.get(projectId);
  }

  /** The network of a container of this node. */
  at(address: string, nodeId: string): ProjectNetwork | undefined {
    this.addresses ??= new Map([
      ...this.all().flatMap(({ projectId, members }) =>
        members.flatMap((one): [string, string][] => (one.nodeId === nodeId ? [[one.address, projectId]] : [])),
      ),
      ...this.localContainers().map((one): [string, string] => [one.address, one.projectId]),
    ]);
    return this.networks.get(this.addresses.get(address) ?? '');
  }

  localContainers(): LocalContainer[] {
    return [...this.locals.values()];
  }

  /** Of this node, and its process is there as far as the agent knows. */
  isRunning(containerId: string): boolean {
    return this.running.has(containerId);
  }

  /**
   * What the control plane says. A project that is taken away keeps its number and range for as long as containers
   * of it are here: they are still to be guarded.
   * @returns those that are gone
   */
  tell(told: readonly ProjectNetwork[], removed: Iterable<string>): ProjectNetwork[] {
    const gone: ProjectNetwork[] = [];
    for (const projectId of removed) {
      const network = this.networks.get(projectId);
      if (!network) continue;
      if (this.usedHere(projectId)) {
        this.networks.set(projectId, { ...network, members: [], idleServices: [], peers: [], publicAddresses: [] });
        this.retired.add(projectId);
      } else {
        this.networks.delete(projectId);
        gone.push(network);
      }
    }
    for (const network of told) {
      this.networks.set(network.projectId, network);
      this.retired.delete(network.projectId);
    }
    for (const look of this.lookers) look();
    this.save();
    return gone;
  }

  /** False when it was known already. */
  hold(local: LocalContainer): boolean {
    const held = this.locals.get(local.containerId);
    if (held?.address === local.address && held.projectId === local.projectId) return false;
    this.locals.set(local.containerId, local);
    this.save();
    return true;
  }

  /** @returns whether it was known, and the network that was here for its sake only */
  release(containerId: string): { known: boolean; gone: ProjectNetwork | null } {
    const held = this.locals.get(containerId);
    this.running.delete(containerId);
    if (!held) return { known: false, gone: null };
    this.locals.delete(containerId);
    const over = this.retired.has(held.projectId) && !this.usedHere(held.projectId);
    const gone = over ? (this.networks.get(held.projectId) ?? null) : null;
    if (over) {
      this.networks.delete(held.projectId);
      this.retired.delete(held.projectId);
    }
    this.save();
    return { known: true, gone };
  }

  setRunning(containerId: string, running: boolean): void {
    if (running) this.running.add(containerId);
    else this.running.delete(containerId);
  }

  /** The project's network; rejects when the control plane has not told it within the time. */
  async awaited(projectId: string, ms: number, signal: AbortSignal): Promise<ProjectNetwork | undefined> {
    const deadline = AbortSignal.any([AbortSignal.timeout(ms), signal]);
    while (!this.networks.has(projectId) && !deadline.aborted) {
      await new Promise<void>((resolve) => {
        const look = () => {
          this.lookers.delete(look);
          deadline.removeEventListener('abort', look);
          resolve();
        };
        this.lookers.add(look);
        deadline.addEventListener('abort', look);
      });
    }
    return this.networks.get(projectId);
  }

  /** Resolves when everything so far is on disk. */
  async flush(): Promise<void> {
    while (this.dirty) await this.writing;
  }

  private usedHere(projectId: string): boolean {
    return this.localContainers().some((local) => local.projectId === projectId);
  }

  private save(): void {
    this.addresses = null;
    const { file } = this;
    if (!file || this.dirty) return;
    this.dirty = true;
    this.writing = this.writing.then(async () => {
      this.dirty = false;
      try {
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        const kept: Kept = { networks: this.all(), locals: this.localContainers() };
        await writeAtomically(file, JSON.stringify(kept), false);
      } catch (error) {
        this.log.error({ err: error }, 'What is known of project networks could not be written.');
      }
    });
  }
}
