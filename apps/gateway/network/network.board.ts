import { Injectable } from '@nestjs/common';
import type { AgentHello } from '#libs/core/agent/agent-directory.port.js';
import { NetworkDirectory, type NetworkView } from '#libs/core/network/network-directory.port.js';
import { Slots } from '#libs/platform/concurrency/slots.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import type { Incoming, SessionPart } from '../session/session.part.js';
import type { SessionLink } from '../session/session.port.js';
import { NetworkSender } from './network.sender.js';
import { networkToWire, probesFromWire } from './network.translate.js';
import { ProjectFollower, type ProjectListener } from './project.follower.js';

/** How often it is looked at which nodes are behind. */
const watchMs = 500;

interface Noted {
  since: number | null;
  problems: string;
}

/**
 * The projects' networks as this gateway's nodes are to have them. A project that changed is read once for all of
 * them; reads come one after the other, so that no node is told an older state after a newer one.
 */
@Injectable()
export class NetworkBoard implements SessionPart, ProjectListener {
  private readonly senders = new Map<SessionLink, NetworkSender>();
  private readonly joining = new Set<NetworkSender>();
  private readonly dirty = new Set<string>();
  /** When each project was read last: one that changes all the time is not read all the time. */
  private readonly readAt = new Map<string, number>();
  private readonly noted = new Map<SessionLink, Noted>();
  private readonly slots = new Slots(2);
  private readonly log: Log;
  private working = false;
  private over = false;
  private later: NodeJS.Timeout | undefined;
  private watch: NodeJS.Timeout | undefined;
  probeFailures = 0;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly directory: NetworkDirectory,
    private readonly follower: ProjectFollower,
    { log }: GatewayLog,
  ) {
    this.log = log;
    follower.follow(this);
  }

  start(): void {
    this.watch = setInterval(() => void this.look(), watchMs);
  }

  stop(): void {
    this.over = true;
    clearInterval(this.watch);
    clearTimeout(this.later);
  }

  /** Nodes with an overlay whose session is here. */
  get all(): NetworkSender[] {
    return [...this.senders.values()];
  }

  wants(): boolean {
    return this.senders.size > 0;
  }

  changed(projectIds: readonly string[]): void {
    for (const id of projectIds) this.dirty.add(id);
    this.kick();
  }

  begin(session: SessionLink, hello: AgentHello): void {
    if (!hello.overlay) return;
    const sender = new NetworkSender(session, Date.now);
    this.senders.set(session, sender);
    this.joining.add(sender);
    this.kick();
  }

  receive(session: SessionLink, message: Incoming): void {
    const sender = this.senders.get(session);
    if (!sender) return;
    if (message.$case === 'networkApplied') {
      sender.applied(message.value.generation, message.value.problems);
      void this.look();
    } else if (message.$case === 'networkProbe') {
      const probes = probesFromWire(message.value.peers);
      sender.unreachable = probes.filter((probe) => !probe.reachable).length;
      this.probeFailures += sender.unreachable;
      this.slots
        .run(() => this.directory.noteProbes(session.nodeId, session.epoch, probes))
        .catch((error: unknown) => this.log.debug({ node: session.nodeId, err: error }, 'A self-test was not noted.'));
    }
  }

  end(session: SessionLink): void {
    const sender = this.senders.get(session);
    if (!sender) return;
    this.senders.delete(session);
    this.joining.delete(sender);
    this.noted.delete(session);
  }

  private kick(): void {
    if (this.working || this.over) return;
    this.working = true;
    void this.run().finally(() => (this.working = false));
  }

  private async run(): Promise<void> {
    try {
      for (let work = this.take(); work; work = this.take()) await this.bring(work.joining, work.projects);
    } catch (error) {
      this.log.warn({ err: error }, 'Networks could not be read; they are tried again.');
      this.kickIn(this.settings.changesPollMs);
    }
  }

  /** What may be read now; what was read a moment ago waits. */
  private take(): { joining: NetworkSender[]; projects: string[] } | null {
    const now = Date.now();
    for (const [id, at] of this.readAt) if (now - at >= this.settings.networkGatherMs) this.readAt.delete(id);
    const projects = [...this.dirty].filter((id) => !this.readAt.has(id));
    const joining = [...this.joining];
    if (!projects.length && !joining.length) {
      const waits = [...this.dirty].map((id) => (this.readAt.get(id) ?? now) + this.settings.networkGatherMs - now);
      if (waits.length) this.kickIn(Math.max(1, Math.min(...waits)));
      return null;
    }
    for (const id of projects) this.dirty.delete(id);
    for (const sender of joining) this.joining.delete(sender);
    return { joining, projects };
  }

  private kickIn(ms: number): void {
    clearTimeout(this.later);
    if (this.over) return;
    this.later = setTimeout(() => this.kick(), ms);
  }

  private async bring(joining: NetworkSender[], projects: string[]): Promise<void> {
    try {
      // Before anything is read, so that what changes meanwhile is told.
      await this.follower.ready();
      const nodeIds = joining.map(({ session }) => session.nodeId);
      const theirs = nodeIds.length ? await this.directory.projectsOf(nodeIds) : [];
      const wanted = new Set([...projects, ...theirs]);
      const views = new Map((await this.directory.views([...wanted])).map((view) => [view.projectId, view]));
      for (const id of wanted) {
        this.readAt.set(id, Date.now());
        this.tell(id, views.get(id));
      }
      for (const sender of joining) sender.begin();
    } catch (error) {
      for (const id of projects) this.dirty.add(id);
      for (const sender of joining) if (this.senders.has(sender.session)) this.joining.add(sender);
      throw error;
    }
  }

  private tell(projectId: string, view: NetworkView | undefined): void {
    const nodes = new Set(view?.nodes.map((node) => node.nodeId));
    for (const sender of this.senders.values()) {
      const { nodeId } = sender.session;
      if (view && nodes.has(nodeId)) sender.set(projectId, networkToWire(view, nodeId));
      else if (sender.knows(projectId)) sender.set(projectId, null);
      else continue;
      sender.flush();
    }
  }

  /** Notes which nodes are behind, as often as that changes. */
  private async look(): Promise<void> {
    await Promise.all(this.all.map((sender) => this.note(sender)));
  }

  private async note(sender: NetworkSender): Promise<void> {
    const { session, behindSince, problems } = sender;
    // A new session says nothing before its first confirmation; what the one before said stands meanwhile.
    if (!behindSince && !sender.confirmed) return;
    const now: Noted = { since: behindSince?.getTime() ?? null, problems: problems.join('\n') };
    const before = this.noted.get(session);
    if (before && before.since === now.since && before.problems === now.problems) return;
    this.noted.set(session, now);
    try {
      await this.slots.run(() => this.directory.noteBehind(session.nodeId, session.epoch, behindSince, problems));
      if (behindSince && !before?.since)
        this.log.warn({ node: session.nodeId, problems }, 'A node is behind with its networks.');
      else if (before?.since && !behindSince)
        this.log.info({ node: session.nodeId }, 'A node has caught up with its networks.');
    } catch (error) {
      this.log.debug({ node: session.nodeId, err: error }, 'It was not noted how far a node is.');
      if (this.noted.get(session) === now) this.noted.delete(session);
    }
  }
}
