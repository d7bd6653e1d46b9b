import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { engineJson } from '#libs/launch/engine/engine-socket.js';
import { ensureSampleImage } from '#libs/launch/engine/image.js';
import { PodmanPart } from '#libs/launch/engine/podman.part.js';
import type { Namespaces } from '#libs/launch/process/namespaces.js';
import { isStillRunning, signalIfStillRunning } from '#libs/platform/process/proc.js';
import type { RunOptions, RunResult } from '#libs/launch/process/run.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { LabPlace } from './lab.place.js';
import { killBelow } from './lab.processes.js';
import type { LabSwitch } from './lab.switch.js';

/** Where engines of one machine would tread on each other's toes: the address book of their networks. */
const ownFolders = ['/run/containers'];

/** One machine of a lab: an address on the lab's switch, a Podman with storage of its own, and no agent yet. */
export class LabNode {
  readonly name: string;
  readonly address: string;
  readonly podman: PodmanPart;
  readonly state: StateFolder;
  private readonly place: LabPlace;
  private readonly port: string;
  private readonly host: number;

  constructor(
    private readonly lab: LabSwitch,
    /** From 1. */
    readonly number: number,
    labFolder: string,
  ) {
    this.name = `node-${number}`;
    this.port = `n${number}`;
    this.host = 10 + number;
    this.address = lab.address(this.host);
    this.state = new StateFolder(join(labFolder, this.name));
    this.place = new LabPlace(`${lab.netName}-${number}`, join(this.state.runPath, 'place'));
    this.podman = new PodmanPart(this.state, { namespaces: this.place.namespaces });
  }

  get namespaces(): Namespaces {
    return this.place.namespaces;
  }

  get engineSocket(): string {
    return this.podman.socketPath();
  }

  /** Makes the machine and starts its engine, which has the sample image. */
  async powerOn(): Promise<void> {
    this.state.make();
    await this.place.make(ownFolders);
    await this.lab.plug(this.place.netName, this.port, this.host);
    await this.podman.start();
    await ensureSampleImage(this.engineSocket);
  }

  /** Everything on it ends in an instant: agent, engine, containers, its network. What was on disk is kept. */
  async powerOff(): Promise<void> {
    await this.lab.unplug(this.port);
    await killBelow(this.namespaces.mount);
    await this.place.dissolve();
    // What a machine forgets: else the engine would believe that its containers run.
    rmSync(join(this.state.runPath, 'engine'), { recursive: true, force: true });
  }

  /** Nothing reaches it or comes from it; it does not notice. */
  cutLink(): Promise<void> {
    return this.lab.cut(this.port);
  }

  restoreLink(): Promise<void> {
    return this.lab.restore(this.port);
  }

  /** Ends the engine's service as a crash would; containers run on. `startEngine` brings it back. */
  async killEngine(): Promise<void> {
    const identity = this.state.daemon('podman').running();
    if (!identity) return;
    signalIfStillRunning(identity, 'SIGKILL');
    const gone = () => !isStillRunning(identity);
    await waitFor(gone, { what: `The end of the engine of ${this.name}`, timeoutMs: 10_000, intervalMs: 10 });
  }

  startEngine(): Promise<void> {
    return this.podman.start();
  }

  /** Runs a program of this machine in the node's network and mounts; throws with what it wrote when it fails. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.place.run(command, args, options);
  }

  /** Runs a program of this machine as if it were in the container: in its network, with every right. */
  async runIn(engineId: string, command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    return this.place.run(
      'nsenter',
      [`--net=/proc/${await this.pidOf(engineId)}/ns/net`, '--', command, ...args],
      options,
    );
  }

  /** Runs a program of the container's own files in it, as the engine's exec would, and gives its whole output. */
  async exec(engineId: string, command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> {
    const inside = `/proc/${await this.pidOf(engineId)}`;
    const enter = [`--net=${inside}/ns/net`, `--mount=${inside}/ns/mnt`, `--root=${inside}/root`, '--wd=/'];
    return this.place.run('nsenter', [...enter, '--', command, ...args], options);
  }

  /** Of the container's first process, on this machine. */
  async pidOf(engineId: string): Promise<number> {
    const { State } = await engineJson<{ State: { Pid: number } }>(
      this.engineSocket,
      'GET',
      `/containers/${engineId}/json`,
    );
    if (!State.Pid) throw new Error(`The container ${engineId} does not run on ${this.name}.`);
    return State.Pid;
  }

  /** Sets a kernel setting of the node's network, such as `net.ipv4.ip_forward`. */
  setting(name: string, value: string): Promise<void> {
    return this.place.setting(name, value);
  }

  /** As `powerOff`, and nothing is kept. */
  async remove(): Promise<void> {
    const containers = this.containerIds();
    await this.powerOff();
    removeCgroups(containers);
    this.state.remove();
  }

  private containerIds(): string[] {
    const file = this.state.file('engine', 'storage', 'overlay-containers', 'containers.json');
    if (!existsSync(file)) return [];
    return (JSON.parse(readFileSync(file, 'utf8')) as { id: string }[]).map(({ id }) => id);
  }
}

/** The kernel's groups of processes that are gone; an engine that is killed leaves them. */
function removeCgroups(containerIds: readonly string[]): void {
  const root = '/sys/fs/cgroup';
  const hierarchies = [root, ...readdirSync(root).map((name) => join(root, name))];
  for (const folder of hierarchies.map((path) => join(path, 'libpod_parent')).filter(existsSync)) {
    for (const id of containerIds) {
      for (const name of [`libpod-${id}`, `libpod-conmon-${id}`, `libpod-${id}/container`].reverse()) {
        try {
          rmdirSync(join(folder, name));
        } catch {
          // it is not there, or the machine removes it by itself
        }
      }
    }
  }
}
