import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { LaunchError } from '../launch-error.js';
import { Part, type PartStatus } from '../part.js';
import type { Daemon } from '../process/daemon.js';
import { entering, type Namespaces } from '../process/namespaces.js';
import { run } from '../process/run.js';
import { StateFolder } from '../state/state-folder.js';
import { engineAnswers, engineJson } from './engine-socket.js';
import { machineTraits } from './machine-traits.js';
import { containersConf, defaultNetwork, freeSubnet, registriesConf, storageConf } from './podman-configuration.js';

export interface PodmanOptions {
  /** Registries without TLS, host:port; for those on this machine. */
  insecureRegistries?: readonly string[];
  /** Where it runs, when not beside this process: for one that is a machine of its own to its containers. */
  namespaces?: Namespaces;
}

/**
 * Podman's API service with storage, networks, locks and configuration of its own. Containers are not its
 * children: they run on while it is down, and it finds them again.
 */
export class PodmanPart extends Part {
  readonly name = 'podman';
  private readonly daemon: Daemon;

  constructor(
    private readonly state: StateFolder,
    private readonly options: PodmanOptions = {},
  ) {
    super();
    this.daemon = state.daemon(this.name);
  }

  socketPath(): string {
    return join(this.state.runPath, 'engine', 'podman.sock');
  }

  async start(): Promise<void> {
    if (process.getuid?.() !== 0) {
      throw new LaunchError(
        'Podman is started by root only. Run as root, or set PIERHEAD_ENGINE=unix:///path/of/an/engine.sock.',
      );
    }
    await this.daemon.ensure({
      command: () => {
        this.configure();
        rmSync(this.socketPath(), { force: true });
        const args = [...this.flags(), 'system', 'service', '-t', '0', `unix://${this.socketPath()}`];
        return { ...entering(this.options.namespaces, 'podman', args), env: this.environment() };
      },
      ready: () => engineAnswers(this.socketPath()),
      timeoutMs: 60_000,
    });
  }

  isRunning(): boolean {
    return this.daemon.running() !== undefined;
  }

  async status(): Promise<PartStatus> {
    const identity = this.daemon.running();
    const address = `unix://${this.socketPath()}`;
    if (!identity) return { name: this.name, state: 'stopped', address };
    const healthy = await engineAnswers(this.socketPath());
    return { name: this.name, state: healthy ? 'running' : 'unhealthy', pid: identity.pid, address };
  }

  /** Ends the API service; containers run on. */
  async stop(): Promise<void> {
    await this.daemon.stop({ graceMs: 10_000 });
  }

  /** The arguments that make the `podman` command speak of this engine, for people and for tests. */
  flags(): string[] {
    const run = join(this.state.runPath, 'engine');
    return [
      `--root=${this.state.file('engine', 'storage')}`,
      `--runroot=${join(run, 'run')}`,
      `--tmpdir=${join(run, 'tmp')}`,
      `--network-config-dir=${this.state.file('engine', 'networks')}`,
    ];
  }

  environment(): NodeJS.ProcessEnv {
    return {
      PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`,
      HOME: this.state.file('engine'),
      LANG: 'C.UTF-8',
      CONTAINERS_CONF: this.state.file('engine', 'containers.conf'),
      CONTAINERS_STORAGE_CONF: this.state.file('engine', 'storage.conf'),
      CONTAINERS_REGISTRIES_CONF: this.state.file('engine', 'registries.conf'),
      // Else its clean-up of a dead container would read the machine's own configuration.
      REGISTRY_AUTH_FILE: this.state.file('engine', 'auth.json'),
    };
  }

  /** Stops every container of this engine, each with its own grace. */
  async stopContainers(): Promise<number> {
    const containers = await this.containers(false);
    await Promise.all(
      containers.map(({ Id }) =>
        engineJson(this.socketPath(), 'POST', `/containers/${Id}/stop`, undefined, [304, 404]),
      ),
    );
    return containers.length;
  }

  /** Removes every container, network and volume of this engine, then its service and its mounts. */
  async destroy(): Promise<void> {
    if (existsSync(this.state.file('engine', 'storage'))) {
      await this.start();
      for (const { Id } of await this.containers(true)) {
        await engineJson(this.socketPath(), 'DELETE', `/containers/${Id}?force=true&v=true`, undefined, [404]);
      }
      await engineJson(this.socketPath(), 'POST', '/networks/prune');
    }
    await this.stop();
    await this.unmountAll();
  }

  private containers(all: boolean): Promise<{ Id: string }[]> {
    return engineJson(this.socketPath(), 'GET', `/containers/json?all=${all}`);
  }

  private configure(): void {
    const folder = this.state.folder('engine');
    const storage = this.state.folder('engine', 'storage');
    const run = this.state.runFolder('engine');
    const traits = machineTraits(storage);
    const networks = this.state.folder('engine', 'networks');
    const id = this.state.id;
    const file = join(networks, defaultNetwork(id, 0).file);
    if (!existsSync(file)) {
      const addresses = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
      const third = freeSubnet(id, addresses);
      if (third === undefined) throw new LaunchError('Every /24 of 10.190.0.0/16 is in use on this machine.');
      this.state.writePrivate(file, defaultNetwork(id, third).text);
    }
    mkdirSync(join(run, 'tmp'), { recursive: true, mode: 0o700 });
    this.state.writePrivate(join(folder, 'containers.conf'), containersConf(traits, defaultNetwork(id, 0).name));
    this.state.writePrivate(join(folder, 'storage.conf'), storageConf(traits, storage, join(run, 'run')));
    const registries = registriesConf(this.options.insecureRegistries ?? []);
    this.state.writePrivate(join(folder, 'registries.conf'), registries);
  }

  private async unmountAll(): Promise<void> {
    // They end with their namespace.
    if (this.options.namespaces) return;
    const below = [this.state.file('engine'), join(this.state.runPath, 'engine')];
    const mounts = readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((target) => below.some((folder) => target.startsWith(`${folder}/`)));
    for (const target of mounts.reverse()) await run('umount', ['-l', target], { accept: [0, 1, 32] });
  }
}
