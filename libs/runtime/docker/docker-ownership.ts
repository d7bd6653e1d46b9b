import { isInScope, type Labels } from '../labels.js';
import { RuntimeError } from '../runtime.error.js';
import { type DockerApi, segment } from './docker-api.js';
import type { InspectAnswer } from './container-inspect.js';

export interface OwnContainer {
  engineId: string;
  name: string;
  tty: boolean;
  stopSignal: string;
}

const defaultStopSignal = 'SIGTERM';

/**
 * Knows which containers are the scope's. An engine id is never given twice and labels never change, so what was
 * found to be ours once needs no second look; names are looked up every time.
 */
export class DockerOwnership {
  private readonly known = new Map<string, OwnContainer>();
  /** Made by this process and not looked at since. */
  private readonly made = new Set<string>();

  constructor(
    private readonly api: DockerApi,
    readonly scope: string,
  ) {}

  /** @throws RuntimeError `not-found`, or `conflict` for a container of somebody else */
  async own(id: string): Promise<OwnContainer> {
    const known = this.known.get(id);
    if (known) return known;
    const { body } = await this.api.json<InspectAnswer>('GET', `/containers/${segment(id)}/json`);
    return this.learn(body);
  }

  /** Its engine id alone, without a look at one that was made here. */
  async engineIdOf(id: string): Promise<string> {
    return this.made.has(id) ? id : (await this.own(id)).engineId;
  }

  noteMade(engineId: string): void {
    this.made.add(engineId);
  }

  learn(answer: InspectAnswer): OwnContainer {
    this.requireScope('container', answer.Name.replace(/^\//, ''), answer.Config.Labels);
    const own: OwnContainer = {
      engineId: answer.Id,
      name: answer.Name.replace(/^\//, ''),
      tty: answer.Config.Tty,
      stopSignal: toSignal(answer.Config.StopSignal),
    };
    this.known.set(own.engineId, own);
    this.made.delete(own.engineId);
    return own;
  }

  knows(engineId: string): boolean {
    return this.known.has(engineId);
  }

  forget(engineId: string): void {
    this.known.delete(engineId);
    this.made.delete(engineId);
  }

  requireScope(kind: string, name: string, labels: Labels | null | undefined): void {
    if (isInScope(labels, this.scope)) return;
    throw new RuntimeError('conflict', `The ${kind} ${name} was not made by this node and is left alone.`);
  }
}

/** Podman keeps the signal as a number. */
const toSignal = (signal: string | number | undefined): string =>
  signal === undefined || signal === '' || signal === 0 ? defaultStopSignal : String(signal);
