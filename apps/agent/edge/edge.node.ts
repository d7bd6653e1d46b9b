import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EdgeProjectApplied, EdgeState } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import { HaproxyMaster } from '#libs/edge/runtime/worker.session.js';
import { edgeFiles, type EdgeSettings } from '#libs/edge/settings.js';
import type { EdgeProject, RouteProblem } from '#libs/edge/state.js';
import type { Log } from '#libs/platform/log.js';
import { CertificateShelf } from './certificate.shelf.js';
import { DrainWatch } from './drain.watch.js';
import { inForce } from './edge.acknowledge.js';
import { EdgeApplier, type EdgeOutcome, type EdgeParts } from './edge.applier.js';
import { EdgeInbox, type EdgeSnapshot } from './edge.inbox.js';
import { EdgeStore } from './edge.store.js';
import { EndpointAdmission } from './endpoint.admission.js';
import { HaproxyControl } from './haproxy.control.js';
import { HaproxyProcess } from './haproxy.process.js';

export interface EdgeOptions extends Omit<EdgeSettings, 'files'> {
  /** The edge’s own folder below the agent’s state. */
  folder: string;
  log: Log;
}

/** Where acknowledgements go while a session with a gateway is open. */
export interface EdgeReports {
  projectApplied(message: EdgeProjectApplied): void;
  applied(generation: number, problems: string[]): void;
}

/** How soon the next pass begins, at the latest. */
const pace = { idleMs: 5_000, drainingMs: 50, reloadMs: 200, firstRetryMs: 250, longestRetryMs: 10_000 };

/** The edge role of a node: keeps its load balancer doing what the control plane said last. */
export class EdgeNode {
  private readonly parts: EdgeParts;
  private readonly inbox: EdgeInbox;
  private readonly applier: EdgeApplier;
  private readonly log: Log;
  private reports: EdgeReports | null = null;
  private outcome: EdgeOutcome | null = null;
  private snapshot: EdgeSnapshot;
  private readonly told = new Map<string, EdgeProjectApplied>();
  private toldGeneration = 0;
  private receiving: Promise<void> = Promise.resolve();
  private working: Promise<void> | null = null;
  private due = false;
  private stopped = false;
  private failures = 0;
  private problem: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: EdgeOptions) {
    const { folder, log } = options;
    this.log = log;
    const settings: EdgeSettings = { ...options, files: edgeFiles(folder) };
    const process = new HaproxyProcess(folder, settings.files.configuration, () => this.kick());
    const master = new HaproxyMaster(() => process.socketPath());
    this.inbox = new EdgeInbox(new EdgeStore(join(folder, 'projects'), log));
    this.snapshot = this.inbox.snapshot();
    this.parts = {
      settings,
      process,
      master,
      control: new HaproxyControl(settings, process, master),
      shelf: new CertificateShelf(settings.files, log),
      admission: new EndpointAdmission(() => this.kick()),
      drains: new DrainWatch(),
    };
    this.applier = new EdgeApplier(this.parts);
  }

  /** Takes up what runs and what was said last. Resolves before the load balancer serves: it may have to wait. */
  async start(): Promise<void> {
    const { folder, account } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Its workers find each other's sockets in it; nobody else gets through the folders above.
    if (account) await chown(folder, -1, account.groupId);
    await chmod(folder, account ? 0o710 : 0o700);
    await Promise.all([this.inbox.load(), this.parts.shelf.load(), this.parts.control.load()]);
    this.kick();
  }

  /** Leaves the load balancer as it is. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    this.parts.admission.stop();
    await this.receiving;
    await this.working;
  }

  sessionBegan(reports: EdgeReports): void {
    this.reports = reports;
    this.inbox.sessionBegan();
    this.told.clear();
    this.toldGeneration = 0;
  }

  sessionEnded(): void {
    this.reports = null;
  }

  receive(state: EdgeState): void {
    this.receiving = this.receiving
      .then(async () => {
        if (await this.inbox.receive(state)) this.kick();
      })
      .catch((error: unknown) => this.log.error({ err: error }, 'Routes could not be taken in.'));
  }

  /** A sentence on why the load balancer does not do what it should; null when it does. */
  trouble(): string | null {
    return this.problem;
  }

  figures() {
    const { control, admission, drains, process } = this.parts;
    const backends = this.outcome?.model.backends ?? [];
    return {
      running: process.running() !== null,
      routes: backends.length,
      servers: backends.reduce((sum, { servers }) => sum + servers.length, 0),
      waiting: admission.waiting,
      draining: drains.size,
      problems: this.outcome?.model.problems.length ?? 0,
      workers: this.outcome?.workers ?? 0,
      reloads: control.reloads,
      failures: this.failures,
      behind: this.inbox.snapshot().generation - this.toldGeneration,
    };
  }

  /** Looks at everything, now or when the pass that is under way is over. */
  private kick(): void {
    this.due = true;
    this.run();
  }

  private run(): void {
    if (this.working || this.stopped) return;
    clearTimeout(this.timer);
    this.working = this.work().finally(() => {
      this.working = null;
      if (this.stopped) return;
      const [wait, whole] = this.due && this.problem === null ? [0, true] : this.pause();
      this.timer = setTimeout(() => (whole ? this.kick() : this.run()), wait);
    });
  }

  private async work(): Promise<void> {
    try {
      if (this.due || !this.outcome) {
        this.due = false;
        this.snapshot = this.inbox.snapshot();
        this.outcome = await this.applier.pass(this.snapshot.projects);
        this.parts.process.trimLog();
      }
      await this.applier.countSessions();
      this.failures = 0;
      this.problem = null;
      this.acknowledge();
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      this.due = true;
      this.failures += 1;
      if (sentence !== this.problem) this.log.error({ reason: sentence }, 'The edge could not be brought up to date.');
      this.problem = sentence;
    }
  }

  /** How long until the next pass, and whether it looks at everything or only counts requests under way. */
  private pause(): [number, boolean] {
    if (this.problem !== null) {
      return [Math.min(pace.longestRetryMs, pace.firstRetryMs * 2 ** Math.min(this.failures, 8)), true];
    }
    if (this.outcome?.reloadDue) return [pace.reloadMs, true];
    const deadline = this.parts.drains.nextDeadline(performance.now());
    return deadline === null ? [pace.idleMs, true] : [Math.min(pace.drainingMs, deadline + 1), false];
  }

  private acknowledge(): void {
    const { outcome, reports, snapshot } = this;
    const current = this.inbox.snapshot().session === snapshot.session;
    if (!outcome || !reports || !current || snapshot.generation === 0) return;
    const now = performance.now();
    const { drains, shelf } = this.parts;
    const force = {
      running: outcome.running,
      wanted: outcome.wanted,
      certificatesTried: (project: EdgeProject) => shelf.settled(project),
      drained: (projectId: string) => drains.done(projectId, now),
    };
    const told = snapshot.projects.filter(({ projectId }) => snapshot.generations.has(projectId));
    const done = new Set(inForce(told, outcome.model, force));
    for (const project of told) this.tellOf(project, done.has(project), outcome.model.problems);
    if (done.size < told.length || snapshot.generation <= this.toldGeneration) return;
    this.toldGeneration = snapshot.generation;
    const sentences = outcome.model.problems.map(({ sentence }) => sentence);
    reports.applied(snapshot.generation, sentences);
  }

  /** What is not in force yet is told only when it has problems, as of the generation that was in force last. */
  private tellOf({ projectId, routes }: EdgeProject, done: boolean, all: readonly RouteProblem[]): void {
    const last = this.told.get(projectId);
    const found = all.filter((each) => each.projectId === projectId);
    if (!done) found.push(...this.parts.admission.unreached(projectId, routes));
    if (!done && found.length === 0) return;
    const generation = done ? (this.snapshot.generations.get(projectId) ?? 0) : (last?.generation ?? 0);
    const problems = found.map(({ routeId, sentence }) => ({ routeId, sentence }));
    const message: EdgeProjectApplied = { projectId, generation, problems };
    if (JSON.stringify(last) === JSON.stringify(message)) return;
    this.told.set(projectId, message);
    this.reports?.projectApplied(message);
  }
}
