import { engineCall, engineJson } from '#libs/launch/engine/engine-socket.js';
import { waitFor } from '#libs/launch/process/wait.js';

/** A container as the engine itself tells it. */
export interface EngineContainer {
  id: string;
  name: string;
  state: string;
  labels: Record<string, string>;
}

interface Listed {
  Id: string;
  Names: string[];
  State: string;
  Labels: Record<string, string> | null;
}

interface Inspected {
  State: { Pid: number; StartedAt: string; Running: boolean };
  Config: { Env: string[] };
}

const nodeLabel = 'io.pierhead.node';
const byLabel = encodeURIComponent(JSON.stringify({ label: [nodeLabel] }));

/** What an engine really holds of some nodes: asked of its socket, past everything that is being tested. */
export class EngineView {
  constructor(
    private readonly socketPath: string,
    /** Read anew for each call: nodes join while a test runs. */
    private readonly nodeIds: () => readonly string[],
  ) {}

  /** Running and ended ones, by name. */
  async containers(): Promise<EngineContainer[]> {
    const listed = await this.json<Listed[]>(`/containers/json?all=true&filters=${byLabel}`);
    return listed
      .map((one) => ({
        id: one.Id,
        name: (one.Names[0] ?? '').replace(/^\//, ''),
        state: one.State,
        labels: one.Labels ?? {},
      }))
      .filter((one) => this.isOurs(one.labels))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async ofContainer(containerId: string): Promise<EngineContainer[]> {
    return (await this.containers()).filter((one) => one.labels['io.pierhead.container'] === containerId);
  }

  inspect(id: string): Promise<Inspected> {
    return this.json(`/containers/${id}/json`);
  }

  /** Names of the engine’s volumes, whosever they are. */
  async volumes(): Promise<string[]> {
    const { Volumes } = await this.json<{ Volumes: { Name: string }[] | null }>('/volumes');
    return (Volumes ?? []).map(({ Name }) => Name);
  }

  /** When each running container's process was started, by engine id. */
  async startTimes(): Promise<Record<string, string>> {
    const running = (await this.containers()).filter((one) => one.state === 'running');
    const times = await Promise.all(running.map(async (one) => [one.id, (await this.inspect(one.id)).State.StartedAt]));
    return Object.fromEntries(times) as Record<string, string>;
  }

  /** Ends a container's first process as a crash would. Returns the process's id. */
  async crash(id: string): Promise<number> {
    const { Pid } = (await this.inspect(id)).State;
    if (!Pid) throw new Error(`The container ${id} does not run.`);
    process.kill(Pid, 'SIGKILL');
    return Pid;
  }

  /** Waits until nothing of the nodes is left: no container, no network. */
  async untilEmpty(timeoutMs = 30_000): Promise<void> {
    let left: string[] = [];
    await waitFor(
      async () => {
        left = [...(await this.containers()).map((one) => one.name), ...(await this.networks())];
        return left.length === 0;
      },
      { what: 'The engine holding nothing', timeoutMs, intervalMs: 100 },
    ).catch((error: Error) => {
      throw new Error(`${error.message} Left: ${left.join(', ')}.`);
    });
  }

  async networks(): Promise<string[]> {
    const listed = await this.json<{ Name: string; Labels: Record<string, string> | null }[]>('/networks');
    return listed.filter((one) => this.isOurs(one.Labels ?? {})).map((one) => one.Name);
  }

  /** Removes all that the nodes left, whoever left it. */
  async sweep(): Promise<void> {
    for (const { id } of await this.containers()) await this.remove(`/containers/${id}?force=true&v=true`);
    for (const name of await this.networks()) await this.remove(`/networks/${name}`);
    const { Volumes } = await this.json<{ Volumes: { Name: string; Labels: Record<string, string> | null }[] | null }>(
      '/volumes',
    );
    for (const one of Volumes ?? [])
      if (this.isOurs(one.Labels ?? {})) await this.remove(`/volumes/${one.Name}?force=true`);
  }

  private isOurs(labels: Record<string, string>): boolean {
    return this.nodeIds().includes(labels[nodeLabel] ?? '');
  }

  private json<T>(path: string): Promise<T> {
    return engineJson<T>(this.socketPath, 'GET', path);
  }

  private async remove(path: string): Promise<void> {
    await engineCall(this.socketPath, 'DELETE', path);
  }
}
