import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ShareReport, StorageReport } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import { WakeUps } from '#libs/core/agent/agent-directory.port.js';
import { StorageDirectory, type NodeShareReport, type NodeStorage } from '#libs/core/volume/storage-directory.port.js';
import { DomainError } from '#libs/domain/error.js';
import { observedShareStates } from '#libs/domain/file-share/state.js';
import { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import type { Incoming, SessionPart } from '../session/session.part.js';
import type { SessionLink } from '../session/session.port.js';

interface Told {
  generation: number;
  /** What was sent last, to see whether anything changed; null when it is to be sent in any case. */
  state: string | null;
}

/** A session's storage is read anew after so long, whatever was told of changes. */
const resyncMs = 60_000;

/**
 * The volumes of this gateway's nodes as they are to be, always whole. Which nodes changed is read from the event log:
 * at once when a node is woken, and regularly.
 */
@Injectable()
export class StorageBoard implements SessionPart, BeforeApplicationShutdown {
  private readonly told = new Map<SessionLink, Told>();
  private readonly dirty = new Set<SessionLink>();
  private readonly slots = new Slots(2);
  private readonly log: Log;
  private cursor: string | null = null;
  private working = false;
  private again = false;
  private readonly unsubscribe: () => void;
  private readonly timers: NodeJS.Timeout[];

  constructor(
    settings: GatewaySettings,
    private readonly directory: StorageDirectory,
    wakeUps: WakeUps,
    { log }: GatewayLog,
  ) {
    this.log = log;
    this.unsubscribe = wakeUps.onNode((nodeId) => {
      if ([...this.told.keys()].some((session) => session.nodeId === nodeId)) this.kick();
    });
    this.timers = [
      setInterval(() => this.kick(), settings.pollMs),
      setInterval(() => this.told.forEach((_told, session) => this.dirty.add(session)), resyncMs),
    ];
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe();
    for (const timer of this.timers) clearInterval(timer);
    this.told.clear();
  }

  begin(session: SessionLink): void {
    this.told.set(session, { generation: 0, state: null });
    this.dirty.add(session);
    this.kick();
  }

  receive(session: SessionLink, message: Incoming): void {
    if (message.$case !== 'storageReport' || !this.told.has(session)) return;
    this.slots
      .run(() => this.store(session, message.value))
      .catch((error: unknown) => {
        if (error instanceof DomainError && error.code === 'stale') return session.supersede(error.message);
        this.log.debug({ node: session.nodeId, err: error }, 'What a node said of its volumes was not stored.');
        // Being told the same once more, it answers once more.
        const told = this.told.get(session);
        if (told) told.state = null;
        this.dirty.add(session);
      });
  }

  end(session: SessionLink): void {
    this.told.delete(session);
    this.dirty.delete(session);
  }

  private async store(session: SessionLink, { volumes, shares, found }: StorageReport): Promise<void> {
    const report = { volumes, shares: shares.flatMap(shareReport), found };
    await this.directory.report(session.nodeId, session.epoch, report);
  }

  private kick(): void {
    this.again = true;
    if (this.working) return;
    this.working = true;
    void this.run().finally(() => (this.working = false));
  }

  private async run(): Promise<void> {
    try {
      while (this.again && this.told.size > 0) {
        this.again = false;
        await this.bring();
      }
    } catch (error) {
      this.log.debug({ err: error }, 'The storage of nodes could not be read.');
    }
  }

  private async bring(): Promise<void> {
    const { cursor, nodeIds } = await this.directory.changesSince(this.cursor);
    this.cursor = cursor;
    const changed = new Set(nodeIds);
    for (const session of this.told.keys()) if (changed.has(session.nodeId)) this.dirty.add(session);
    const sessions = [...this.dirty].filter((session) => this.told.has(session));
    if (!sessions.length) return;
    this.dirty.clear();
    try {
      const ids = [...new Set(sessions.map(({ nodeId }) => nodeId))];
      const storage = new Map((await this.directory.storageOf(ids)).map((each) => [each.nodeId, each]));
      for (const session of sessions) this.tell(session, storage.get(session.nodeId));
    } catch (error) {
      for (const session of sessions) if (this.told.has(session)) this.dirty.add(session);
      throw error;
    }
  }

  private tell(session: SessionLink, storage: NodeStorage | undefined): void {
    const told = this.told.get(session);
    if (!told || !storage) return;
    const { volumes, shares } = storage;
    const state = JSON.stringify({ volumes, shares });
    if (state === told.state) return;
    told.state = state;
    told.generation += 1;
    const value = { generation: told.generation, volumes, shares };
    void session.send({ $case: 'storage', value });
  }
}

/** What this side has no word for is not stored. */
function shareReport({ shareId, state, message, usedBytes, totalBytes }: ShareReport): NodeShareReport[] {
  const known = observedShareStates.find((each) => each === state);
  if (!known) return [];
  return [
    { shareId, state: known, message: message || null, usedBytes: usedBytes ?? null, totalBytes: totalBytes ?? null },
  ];
}
