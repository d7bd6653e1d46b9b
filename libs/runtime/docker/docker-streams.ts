import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { isRuntimeError, RuntimeError } from '../runtime.error.js';
import type {
  Archive,
  ArchiveStat,
  AttachOptions,
  ExecOptions,
  LogOptions,
  OutputFrame,
  RuntimeSession,
} from '../session.js';
import { toArchiveStat } from './archive-stat.js';
import { type DockerApi, segment } from './docker-api.js';
import type { DockerContainers } from './docker-containers.js';
import type { DockerOwnership } from './docker-ownership.js';
import { demultiplex, DockerSession } from './docker-session.js';

/** From the end of an exec's output to its exit code; Podman writes the code a moment after. */
const exitCodeDeadlineMs = 10_000;
const pollMs = 10;
/** A terminal can be resized only when its process has begun, which the engine does not announce. */
const resizeTries = 20;

const seconds = (at: Date | undefined) => (at === undefined ? undefined : (at.getTime() / 1000).toFixed(3));

export class DockerStreams {
  constructor(
    private readonly api: DockerApi,
    private readonly ownership: DockerOwnership,
    private readonly containers: DockerContainers,
  ) {}

  async logs(id: string, options: LogOptions): Promise<AsyncIterable<OutputFrame>> {
    const own = await this.ownership.own(id);
    const answer = await this.api.stream('GET', `/containers/${own.engineId}/logs`, {
      query: {
        follow: options.follow ?? false,
        stdout: options.stdout ?? true,
        stderr: options.stderr ?? true,
        timestamps: options.timestamps ?? false,
        tail: options.tail ?? 'all',
        since: seconds(options.since),
        until: seconds(options.until),
      },
      signal: options.signal,
    });
    return readLogs(answer, own.tty, options.signal);
  }

  async exec(id: string, options: ExecOptions): Promise<RuntimeSession> {
    const own = await this.ownership.own(id);
    const tty = options.tty ?? false;
    const stdin = options.stdin ?? false;
    const { body } = await this.api.json<{ Id: string }>('POST', `/containers/${own.engineId}/exec`, {
      body: {
        AttachStdin: stdin,
        AttachStdout: true,
        AttachStderr: true,
        Tty: tty,
        Cmd: options.command,
        Env: (options.environment ?? []).map(({ name, value }) => `${name}=${value}`),
        ...(options.user === undefined ? {} : { User: options.user }),
        ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
        Privileged: options.privileged ?? false,
      },
    });
    const exec = `/exec/${segment(body.Id)}`;
    const socket = await this.api.hijack('POST', `${exec}/start`, {
      body: { Detach: false, Tty: tty },
      signal: options.signal,
    });
    const session = new DockerSession(
      socket,
      { tty, stdin },
      {
        resize: (columns, rows) => this.resize(`${exec}/resize`, columns, rows),
        exitCode: () => this.execExitCode(`${exec}/json`),
      },
    );
    if (tty && options.size) void session.resize(options.size.columns, options.size.rows).catch(() => undefined);
    return session;
  }

  async attach(id: string, options: AttachOptions): Promise<RuntimeSession> {
    const own = await this.ownership.own(id);
    const stdin = options.stdin ?? false;
    const socket = await this.api.hijack('POST', `/containers/${own.engineId}/attach`, {
      query: { stream: true, stdin, stdout: true, stderr: true, logs: options.logs ?? false },
      signal: options.signal,
    });
    return new DockerSession(
      socket,
      { tty: own.tty, stdin },
      {
        resize: (columns, rows) => this.resize(`/containers/${own.engineId}/resize`, columns, rows),
        exitCode: async () => (await this.containers.wait(own.engineId)).exitCode,
      },
    );
  }

  async putArchive(id: string, path: string, content: Readable): Promise<void> {
    const own = await this.ownership.own(id);
    await this.api.upload('PUT', `/containers/${own.engineId}/archive`, content, { query: { path } });
  }

  async getArchive(id: string, path: string): Promise<Archive> {
    const own = await this.ownership.own(id);
    const content = await this.api.stream('GET', `/containers/${own.engineId}/archive`, { query: { path } });
    return { stat: toArchiveStat(content.headers['x-docker-container-path-stat'], path), content };
  }

  async statArchive(id: string, path: string): Promise<ArchiveStat> {
    const own = await this.ownership.own(id);
    const { headers } = await this.api.json('HEAD', `/containers/${own.engineId}/archive`, { query: { path } });
    return toArchiveStat(headers['x-docker-container-path-stat'], path);
  }

  private async resize(path: string, columns: number, rows: number): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.api.json('POST', path, { query: { h: rows, w: columns } });
        return;
      } catch (error) {
        if (isRuntimeError(error, 'unavailable', 'aborted', 'timeout')) throw error;
        if (attempt === resizeTries) return;
        await delay(pollMs);
      }
    }
  }

  private async execExitCode(path: string): Promise<number> {
    const deadline = Date.now() + exitCodeDeadlineMs;
    while (Date.now() < deadline) {
      const { body } = await this.api.json<{ Running: boolean; ExitCode: number | null }>('GET', path);
      if (!body.Running && body.ExitCode !== null) return body.ExitCode;
      await delay(pollMs);
    }
    throw new RuntimeError('timeout', 'The process closed its output and goes on without it.');
  }
}

async function* readLogs(
  answer: AsyncIterable<Buffer>,
  tty: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<OutputFrame> {
  try {
    if (tty) for await (const data of answer) yield { stream: 'stdout', data };
    else yield* demultiplex(answer);
  } catch (error) {
    if (signal?.aborted) return;
    if (error instanceof RuntimeError) throw error;
    throw new RuntimeError('unavailable', 'The engine broke the logs off.', { cause: error });
  }
}
