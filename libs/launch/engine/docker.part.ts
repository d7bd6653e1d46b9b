import { join } from 'node:path';
import { Part, type PartStatus } from '../part.js';
import type { Daemon, DaemonCommand } from '../process/daemon.js';
import { run } from '../process/run.js';
import { StateFolder } from '../state/state-folder.js';
import { engineAnswers, engineJson } from './engine-socket.js';

export interface DockerOptions {
  insecureRegistries?: readonly string[];
}

/**
 * Debian's dockerd, started by hand beside whatever runs on the machine: a network namespace of its own (it
 * rewrites the packet filter) that a veth pair joins to ours, and a mount namespace. Used by tests; its
 * containers end with it.
 */
export class DockerPart extends Part {
  readonly name = 'docker';
  private readonly daemon: Daemon;
  private readonly namespace: string;
  private readonly outside: string;

  constructor(
    private readonly state: StateFolder,
    private readonly options: DockerOptions = {},
  ) {
    super();
    this.daemon = state.daemon(this.name);
    this.namespace = `phd-${state.id}`;
    this.outside = `phv${state.id}`;
  }

  socketPath(): string {
    return join(this.state.runPath, 'docker', 'docker.sock');
  }

  /** Where the ports that its containers publish answer, from outside. */
  address(): string {
    return `169.254.${this.octet()}.2`;
  }

  async start(): Promise<void> {
    await this.daemon.ensure({
      command: () => this.command(),
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

  async stop(): Promise<void> {
    if (await engineAnswers(this.socketPath())) {
      // Else it would wait out each one's grace.
      const containers = await engineJson<{ Id: string }[]>(this.socketPath(), 'GET', '/containers/json');
      const kill = ({ Id }: { Id: string }) =>
        engineJson(this.socketPath(), 'POST', `/containers/${Id}/kill`, undefined, [404, 409]);
      await Promise.all(containers.map(kill));
    }
    await this.daemon.stop({ graceMs: 30_000 });
    await run('ip', ['link', 'delete', this.outside], { accept: [0, 1] });
    await run('ip', ['netns', 'delete', this.namespace], { accept: [0, 1] });
  }

  private async command(): Promise<DaemonCommand> {
    await this.makeNamespace();
    const folder = this.state.folder('docker');
    const runFolder = this.state.runFolder('docker');
    const args = [
      `--net=/run/netns/${this.namespace}`,
      ...['--', 'unshare', '--mount', '--propagation', 'private', '--', 'dockerd'],
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(runFolder, 'exec')}`,
      `--pidfile=${join(runFolder, 'docker.pid')}`,
      `--host=unix://${this.socketPath()}`,
      `--config-file=${join(folder, 'daemon.json')}`,
      '--log-level=warn',
    ];
    const registries = this.options.insecureRegistries ?? [];
    const configuration = { 'insecure-registries': registries, bip: '10.191.0.1/24' };
    this.state.writePrivate(join(folder, 'daemon.json'), JSON.stringify(configuration));
    const path = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
    return { command: 'nsenter', args, env: { PATH: path, LANG: 'C.UTF-8' } };
  }

  private octet(): number {
    return 16 + (Number.parseInt(this.state.id.slice(0, 2), 16) % 224);
  }

  private async makeNamespace(): Promise<void> {
    const listed = await run('ip', ['netns', 'list']);
    if (listed.stdout.split('\n').some((line) => line.split(' ')[0] === this.namespace)) return;
    const inside = ['-n', this.namespace];
    await run('ip', ['netns', 'add', this.namespace]);
    await run('ip', [...inside, 'link', 'set', 'lo', 'up']);
    await run('ip', ['link', 'add', this.outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', this.namespace]);
    await run('ip', ['address', 'add', `169.254.${this.octet()}.1/30`, 'dev', this.outside]);
    await run('ip', ['link', 'set', this.outside, 'up']);
    await run('ip', [...inside, 'address', 'add', `${this.address()}/30`, 'dev', 'eth0']);
    await run('ip', [...inside, 'link', 'set', 'eth0', 'up']);
    await run('ip', [...inside, 'route', 'add', 'default', 'via', `169.254.${this.octet()}.1`]);
  }
}
