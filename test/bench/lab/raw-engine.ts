import { sampleImage } from '#libs/launch/engine/image.js';
import { EngineHttp } from '#libs/wire/docker/engine-http.js';

export interface RawContainer {
  name: string;
  network: string;
  restart?: 'always' | 'no';
}

export const idle = ['sleep', '100000'];

/** Calls on an engine's socket with nothing between, for what the platform is held against. */
export class RawEngine {
  private readonly http: EngineHttp;

  constructor(socketPath: string) {
    this.http = new EngineHttp(socketPath);
  }

  async network(name: string): Promise<void> {
    await this.http.json('POST', '/v1.41/networks/create', { body: { Name: name, CheckDuplicate: true } });
  }

  async removeNetwork(name: string): Promise<void> {
    await this.http.json('DELETE', `/v1.41/networks/${name}`);
  }

  /** Created and started: when it returns, the process runs. */
  async run({ name, network, restart = 'no' }: RawContainer): Promise<string> {
    const { body } = await this.http.json<{ Id: string }>('POST', '/v1.41/containers/create', {
      query: { name },
      body: {
        Image: sampleImage,
        Cmd: idle,
        Healthcheck: { Test: ['NONE'] },
        HostConfig: {
          NetworkMode: network,
          RestartPolicy: { Name: restart },
          LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
        },
        NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name] } } },
      },
    });
    await this.http.json('POST', `/v1.41/containers/${body.Id}/start`);
    return body.Id;
  }

  async remove(id: string): Promise<void> {
    // Podman's force is a polite stop of ten seconds.
    await this.http.json('POST', `/v1.41/containers/${id}/kill`).catch(() => undefined);
    await this.http.json('DELETE', `/v1.41/containers/${id}`, { query: { force: true } });
  }

  async state(id: string): Promise<{ running: boolean; pid: number }> {
    const { body } = await this.http.json<{ State: { Running: boolean; Pid: number } }>(
      'GET',
      `/v1.41/containers/${id}/json`,
    );
    return { running: body.State.Running, pid: body.State.Pid };
  }

  /** Every container's, running or not. */
  async ids(): Promise<string[]> {
    const { body } = await this.http.json<{ Id: string }[]>('GET', '/v1.41/containers/json', { query: { all: true } });
    return body.map(({ Id }) => Id);
  }

  /** Ends every process at once: a shell's `sleep` as the first process does not hear a polite stop. */
  async killAll(): Promise<void> {
    const kills = (await this.ids()).map((id) => this.http.json('POST', `/v1.41/containers/${id}/kill`));
    await Promise.allSettled(kills);
  }

  close(): void {
    this.http.close();
  }
}

/** Runs the works with at most `parallel` of them under way; results in the order of the works. */
export async function inParallel<T>(parallel: number, works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < works.length; index = next++) {
      const work = works[index];
      if (work) results[index] = await work();
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return results;
}
