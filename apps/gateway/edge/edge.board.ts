import { Injectable } from '@nestjs/common';
import type { AgentHello } from '#libs/core/agent/agent-directory.port.js';
import { CertificateVault } from '#libs/core/certificate/certificate.vault.js';
import { EdgeDirectory, type EdgeSnapshot } from '#libs/core/edge/edge-directory.port.js';
import type { Log } from '#libs/platform/log.js';
import { GatewayLog } from '../gateway.log.js';
import { GatewaySettings } from '../gateway.settings.js';
import { ProjectFollower, type ProjectListener } from '../network/project.follower.js';
import type { Incoming, SessionPart } from '../session/session.part.js';
import type { SessionLink } from '../session/session.port.js';
import { EdgeNotes } from './edge.notes.js';
import { EdgeSender } from './edge.sender.js';
import { edgeProjectToWire } from './edge.translate.js';

/** Projects read in one statement, whose work grows with the square of their routes. */
const batchSize = 20;

/**
 * Routes as this gateway's edges are to serve them. A project that changed is read once for all of them; reads come
 * one after the other, so that no edge is told an older state after a newer one.
 */
@Injectable()
export class EdgeBoard implements SessionPart, ProjectListener {
  private readonly senders = new Map<SessionLink, EdgeSender>();
  private readonly joining = new Set<SessionLink>();
  private readonly dirty = new Set<string>();
  private readonly log: Log;
  private working = false;
  private over = false;
  private later: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: GatewaySettings,
    private readonly directory: EdgeDirectory,
    private readonly vault: CertificateVault,
    private readonly follower: ProjectFollower,
    { log }: GatewayLog,
  ) {
    this.log = log;
    follower.follow(this);
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.later);
  }

  /** Edges whose session is here and who were told their projects. */
  get all(): EdgeSender[] {
    return [...this.senders.values()];
  }

  wants(): boolean {
    return this.senders.size > 0 || this.joining.size > 0;
  }

  changed(projectIds: readonly string[]): void {
    for (const id of projectIds) this.dirty.add(id);
    if (!this.working) this.kickIn(this.settings.edgeGatherMs);
  }

  begin(session: SessionLink, hello: AgentHello): void {
    if (!hello.roles.includes('edge')) return;
    this.joining.add(session);
    this.kick();
  }

  receive(session: SessionLink, message: Incoming): void {
    const sender = this.senders.get(session);
    if (!sender) return;
    if (message.$case === 'edgeProjectApplied') {
      const { projectId, generation, problems } = message.value;
      sender.projectApplied(projectId, generation, problems);
    } else if (message.$case === 'edgeApplied') {
      sender.applied(message.value.generation);
    }
  }

  end(session: SessionLink): void {
    this.joining.delete(session);
    this.senders.delete(session);
  }

  /** Changes come in bursts: the first opens a time in which the others are gathered. */
  private kickIn(ms: number): void {
    if (this.over || this.later) return;
    this.later = setTimeout(() => {
      this.later = undefined;
      this.kick();
    }, ms);
  }

  private kick(): void {
    if (this.working || this.over) return;
    this.working = true;
    void this.run().finally(() => {
      this.working = false;
      if (this.dirty.size || this.joining.size) this.kickIn(this.settings.edgeGatherMs);
    });
  }

  private async run(): Promise<void> {
    const [joining, projects] = [[...this.joining], [...this.dirty]];
    this.dirty.clear();
    try {
      // Before anything is read, so that what changes meanwhile is told.
      await this.follower.ready();
      const begun = await this.admit(joining);
      const wanted = new Set([...projects, ...(begun.length ? await this.directory.served() : [])]);
      for (const batch of batches([...wanted])) this.tell(batch, await this.directory.snapshot(batch));
      for (const sender of begun) sender.begin();
      for (const sender of this.senders.values()) sender.flush();
    } catch (error) {
      for (const id of projects) this.dirty.add(id);
      for (const session of joining) {
        if (this.senders.delete(session)) this.joining.add(session);
      }
      this.log.warn({ err: error }, 'Routes could not be read; they are tried again.');
      this.kickIn(this.settings.changesPollMs);
    }
  }

  private async admit(joining: readonly SessionLink[]): Promise<EdgeSender[]> {
    if (!joining.length) return [];
    const owners = await this.directory.owners(joining.map(({ nodeId }) => nodeId));
    return joining.flatMap((session) => {
      const owner = owners.get(session.nodeId);
      // It may have ended while this was read.
      if (!this.joining.delete(session) || owner === undefined) return [];
      const notes = new EdgeNotes(session, this.directory, this.log);
      const sender = new EdgeSender(session, owner, (acknowledgement) => notes.add(acknowledgement), Date.now);
      this.senders.set(session, sender);
      return [sender];
    });
  }

  private tell(projectIds: readonly string[], { version, projects }: EdgeSnapshot): void {
    const views = new Map(projects.map((view) => [view.projectId, view]));
    for (const id of projectIds) {
      const view = views.get(id);
      const project = view
        ? edgeProjectToWire(view, (certificateId, sealed) => this.keyOf(certificateId, sealed))
        : null;
      for (const sender of this.senders.values()) {
        const serves = sender.owner === null || sender.owner === view?.organizationId;
        sender.set(id, serves ? project : null, version);
      }
    }
  }

  private keyOf(certificateId: string, sealed: Buffer): string | null {
    try {
      return this.vault.open(sealed, certificateId);
    } catch {
      this.log.error({ certificate: certificateId }, 'A certificate’s key was sealed with another master key.');
      return null;
    }
  }
}

function* batches(ids: string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += batchSize) yield ids.slice(from, from + batchSize);
}
