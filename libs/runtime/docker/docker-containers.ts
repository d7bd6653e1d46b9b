import { setTimeout as delay } from 'node:timers/promises';
import type {
  RuntimeContainer,
  RuntimeContainerDetail,
  RuntimeContainerSpec,
  RuntimeExit,
  RuntimeStats,
} from '../container.js';
import { runtimeLabels, sameIdentity } from '../labels.js';
import { isRuntimeError, RuntimeError } from '../runtime.error.js';
import { containerConfig } from './container-config.js';
import { type InspectAnswer, type ListAnswer, toDetail, toImageId, toListed, toState } from './container-inspect.js';
import { type StatsAnswer, toStats } from './container-stats.js';
import { type DockerApi, segment } from './docker-api.js';
import type { DockerImages } from './docker-images.js';
import type { DockerOwnership } from './docker-ownership.js';
import type { ExitWatch } from './exit-watch.js';

/** Between two looks at a container whose process is gone and whose engine has not noticed yet. */
const confirmMs = 5;
const noticeMs = 2_000;
/** After SIGKILL: an uninterruptible process, or an engine that hangs. */
const killDeadlineMs = 30_000;

const isAlive = ({ State }: InspectAnswer) => !['created', 'exited'].includes(toState(State.Status));

export class DockerContainers {
  /** Seen by an inspect and not waited for since; the first wait begins with it. */
  private readonly lastPids = new Map<string, number>();

  constructor(
    private readonly api: DockerApi,
    private readonly ownership: DockerOwnership,
    private readonly images: DockerImages,
    private readonly exits: ExitWatch,
  ) {}

  async create(spec: RuntimeContainerSpec): Promise<string> {
    const body = containerConfig(spec, this.ownership.scope);
    try {
      const answer = await this.api.json<{ Id: string }>('POST', '/containers/create', {
        query: { name: spec.name },
        body,
      });
      this.ownership.noteMade(answer.body.Id);
      return answer.body.Id;
    } catch (error) {
      if (!isRuntimeError(error, 'conflict')) throw error;
      const existing = await this.holderOf(spec.name);
      if (!existing) throw error;
      const wanted = { ...spec.labels, [runtimeLabels.node]: this.ownership.scope };
      if (sameIdentity(wanted, existing.Config.Labels)) return existing.Id;
      throw new RuntimeError('conflict', `The name ${spec.name} is taken by another container.`, { cause: error });
    }
  }

  async start(id: string): Promise<void> {
    const engineId = await this.ownership.engineIdOf(id);
    await this.api.json('POST', `/containers/${engineId}/start`);
  }

  /**
   * The engines' own stop counts whole seconds, and Podman's holds the container's lock the whole time; this one
   * signals, waits and signals again.
   */
  async stop(id: string, options: { graceMs: number; signal?: string }): Promise<void> {
    const own = await this.ownership.own(id);
    const answer = await this.raw(own.engineId);
    if (!isAlive(answer)) return;
    if (toState(answer.State.Status) === 'paused') await this.unpause(own.engineId);
    if (options.graceMs > 0) {
      await this.signalIfRunning(own.engineId, options.signal ?? own.stopSignal);
      if (await this.endsWithin(own.engineId, options.graceMs)) return;
    }
    await this.signalIfRunning(own.engineId, 'SIGKILL');
    if (await this.endsWithin(own.engineId, killDeadlineMs)) return;
    throw new RuntimeError('timeout', `The container ${own.name} did not end after it was killed.`);
  }

  async kill(id: string, signal: string): Promise<void> {
    const own = await this.ownership.own(id);
    await this.api.json('POST', `/containers/${own.engineId}/kill`, { query: { signal } });
  }

  async pause(id: string): Promise<void> {
    const own = await this.ownership.own(id);
    await this.api.json('POST', `/containers/${own.engineId}/pause`);
  }

  async unpause(id: string): Promise<void> {
    const own = await this.ownership.own(id);
    await this.api.json('POST', `/containers/${own.engineId}/unpause`);
  }

  async remove(id: string, options: { force: boolean; volumes: boolean }): Promise<void> {
    try {
      const own = await this.ownership.own(id);
      // Podman's own force is a polite stop of ten seconds, and without it some running states are removed.
      if (options.force) await this.stop(own.engineId, { graceMs: 0 });
      else await this.refuseRunning(own.engineId, own.name);
      await this.api.json('DELETE', `/containers/${own.engineId}`, {
        query: { force: options.force, v: options.volumes },
      });
      this.ownership.forget(own.engineId);
      this.lastPids.delete(own.engineId);
    } catch (error) {
      if (isRuntimeError(error, 'not-found')) return;
      if (isRuntimeError(error, 'conflict') && /already in progress/.test(error.message)) return this.gone(id);
      throw error;
    }
  }

  async inspect(id: string): Promise<RuntimeContainerDetail> {
    const answer = await this.raw(id);
    this.ownership.learn(answer);
    if (isAlive(answer)) this.lastPids.set(answer.Id, answer.State.Pid);
    const imageId = toImageId(answer.Image);
    return toDetail(answer, imageId === null ? null : await this.images.digestOf(imageId));
  }

  async list(): Promise<RuntimeContainer[]> {
    const filters = JSON.stringify({ label: [`${runtimeLabels.node}=${this.ownership.scope}`] });
    const { body } = await this.api.json<ListAnswer[] | null>('GET', '/containers/json', {
      query: { all: true, filters },
    });
    return (body ?? []).map(toListed);
  }

  async wait(id: string, signal?: AbortSignal): Promise<RuntimeExit> {
    const own = await this.ownership.own(id);
    for (let hint = this.takePid(own.engineId); ; hint = undefined) {
      if (signal?.aborted) throw new RuntimeError('aborted', 'The wait was given up.');
      const pid = hint ?? (await this.livingPid(own.engineId));
      if (typeof pid !== 'number') return pid;
      const seen = await this.exits.until(pid, own.engineId, signal);
      if (seen === 'aborted') throw new RuntimeError('aborted', 'The wait was given up.');
      if (seen === 'unseen' && hint !== undefined) continue;
      if (await this.noticed(own.engineId, pid, seen === 'gone' ? noticeMs : 0, signal)) continue;
      // The process cannot be seen from here, or the engine is slow: its own wait is the last resort.
      await this.engineWait(own.engineId, signal);
    }
  }

  async stats(id: string): Promise<RuntimeStats> {
    const own = await this.ownership.own(id);
    const { body } = await this.api.json<StatsAnswer>('GET', `/containers/${own.engineId}/stats`, {
      query: { stream: false, 'one-shot': true },
    });
    const { body: info } = await this.machine();
    return toStats(body, info.MemTotal);
  }

  private machineAnswer: Promise<{ body: { MemTotal: number } }> | null = null;

  private machine() {
    this.machineAnswer ??= this.api.json<{ MemTotal: number }>('GET', '/info').catch((error: unknown) => {
      this.machineAnswer = null;
      throw error;
    });
    return this.machineAnswer;
  }

  private takePid(engineId: string): number | undefined {
    const pid = this.lastPids.get(engineId);
    this.lastPids.delete(engineId);
    return pid;
  }

  private async livingPid(engineId: string): Promise<number | RuntimeExit> {
    const answer = await this.raw(engineId);
    const { Pid, ExitCode, Error: error } = answer.State;
    return isAlive(answer) ? Pid : { exitCode: ExitCode, message: error || null };
  }

  private async raw(id: string): Promise<InspectAnswer> {
    return (await this.api.json<InspectAnswer>('GET', `/containers/${segment(id)}/json`)).body;
  }

  private async holderOf(name: string): Promise<InspectAnswer | null> {
    try {
      const answer = await this.raw(name);
      // An engine takes the start of an id for it as well.
      return answer.Name.replace(/^\//, '') === name ? answer : null;
    } catch (error) {
      if (isRuntimeError(error, 'not-found')) return null;
      throw error;
    }
  }

  private async refuseRunning(engineId: string, name: string): Promise<void> {
    if (isAlive(await this.raw(engineId))) {
      throw new RuntimeError('conflict', `The container ${name} is running; stop it first or use force.`);
    }
  }

  private async signalIfRunning(engineId: string, signal: string): Promise<void> {
    try {
      await this.api.json('POST', `/containers/${engineId}/kill`, { query: { signal } });
    } catch (error) {
      if (!isRuntimeError(error, 'conflict', 'not-found')) throw error;
    }
  }

  private async endsWithin(engineId: string, ms: number): Promise<boolean> {
    try {
      await this.wait(engineId, AbortSignal.timeout(ms));
      return true;
    } catch (error) {
      if (isRuntimeError(error, 'aborted')) return false;
      if (isRuntimeError(error, 'not-found')) return true;
      throw error;
    }
  }

  /** A process that is gone is learnt by its engine a moment later. False when it has not been within the time. */
  private async noticed(engineId: string, pid: number, ms: number, signal?: AbortSignal): Promise<boolean> {
    for (const deadline = Date.now() + ms; ;) {
      const answer = await this.raw(engineId);
      if (!isAlive(answer) || answer.State.Pid !== pid) return true;
      if (signal?.aborted || Date.now() >= deadline) return false;
      await delay(confirmMs);
    }
  }

  private async engineWait(engineId: string, signal?: AbortSignal): Promise<void> {
    await this.api.json('POST', `/containers/${engineId}/wait`, {
      query: { condition: 'not-running' },
      timeoutMs: Infinity,
      signal,
    });
  }

  private async gone(id: string): Promise<void> {
    const deadline = Date.now() + killDeadlineMs;
    while (Date.now() < deadline) {
      if ((await this.holderById(id)) === null) return;
      await delay(confirmMs * 4);
    }
    throw new RuntimeError('timeout', 'The container is still being removed.');
  }

  private async holderById(id: string): Promise<InspectAnswer | null> {
    try {
      return await this.raw(id);
    } catch (error) {
      if (isRuntimeError(error, 'not-found')) return null;
      throw error;
    }
  }
}
