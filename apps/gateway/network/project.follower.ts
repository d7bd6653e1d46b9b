import { Injectable } from '@nestjs/common';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { ProjectChanges } from '#libs/core/event/project-changes.port.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';

/** Wake-ups of a busy platform are gathered for so long. */
const gatherMs = 20;

export interface ProjectListener {
  /** False while it has no use for changes; it must load everything anew when it has again. */
  wants(): boolean;
  changed(projectIds: readonly string[]): void;
}

/**
 * Follows what happens in projects, once for the whole gateway. Wake-ups make it prompt, polling makes it certain; it
 * reads nothing while nobody listens.
 */
@Injectable()
export class ProjectFollower {
  private readonly listeners: ProjectListener[] = [];
  private readonly log: Log;
  private cursor: string | null = null;
  private reading: Promise<void> | null = null;
  private again = false;
  private poll: NodeJS.Timeout | undefined;
  private gathering: NodeJS.Timeout | undefined;
  private unsubscribe: () => void = () => undefined;
  /** The database answered last time; its absence is logged once. */
  private told = true;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly changes: ProjectChanges,
    private readonly wakeUps: WakeUps,
    { log }: GatewayLog,
  ) {
    this.log = log;
  }

  follow(listener: ProjectListener): void {
    this.listeners.push(listener);
  }

  start(): void {
    this.unsubscribe = this.wakeUps.onEvents(() => this.gather());
    this.poll = setInterval(() => void this.read(), this.settings.changesPollMs);
  }

  stop(): void {
    clearInterval(this.poll);
    clearTimeout(this.gathering);
    this.unsubscribe();
  }

  /** From when this resolves on, listeners that want are told of every change: what they load then is not older. */
  async ready(): Promise<void> {
    while (this.cursor === null) {
      await this.read();
      if (this.cursor === null) throw new Error('Changes of projects cannot be followed at the moment.');
    }
  }

  private gather(): void {
    if (this.gathering || !this.wanted) return;
    this.gathering = setTimeout(() => {
      this.gathering = undefined;
      void this.read();
    }, gatherMs);
  }

  private get wanted(): boolean {
    return this.listeners.some((listener) => listener.wants());
  }

  /** One read at a time; whoever asks meanwhile is answered by one further read. */
  private read(): Promise<void> {
    this.again = true;
    this.reading ??= this.run().finally(() => (this.reading = null));
    return this.reading;
  }

  private async run(): Promise<void> {
    try {
      while (this.again) {
        this.again = false;
        await this.once();
      }
      if (!this.told) this.log.info('Changes of projects are followed again.');
      this.told = true;
    } catch (error) {
      if (this.told) this.log.warn({ err: error }, 'Changes of projects cannot be followed at the moment.');
      this.told = false;
    }
  }

  private async once(): Promise<void> {
    if (!this.wanted) {
      this.cursor = null;
      return;
    }
    const { cursor, projectIds } = await this.changes.since(this.cursor);
    this.cursor = cursor;
    if (!projectIds.length) return;
    for (const listener of this.listeners) if (listener.wants()) listener.changed(projectIds);
  }
}
