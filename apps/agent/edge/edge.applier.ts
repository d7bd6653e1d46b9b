import { compile, type EdgeFacts } from '#libs/edge/compile/compile.js';
import { backendName, serverKey, type EdgeModel } from '#libs/edge/compile/model.js';
import { covers, emptyShape, shapeOf, type EdgeShape } from '#libs/edge/render/render.js';
import { planList, planMap } from '#libs/edge/runtime/list.plan.js';
import { planServers } from '#libs/edge/runtime/server.plan.js';
import type { ServerSlot, Worker } from '#libs/edge/runtime/tables.js';
import type { HaproxyMaster, WorkerSession } from '#libs/edge/runtime/worker.session.js';
import { relay, type EdgeSettings } from '#libs/edge/settings.js';
import type { EdgeProject } from '#libs/edge/state.js';
import { CertificateShelf } from './certificate.shelf.js';
import { DrainWatch } from './drain.watch.js';
import { EndpointAdmission } from './endpoint.admission.js';
import { isPortFree } from './free-port.probe.js';
import { HaproxyControl } from './haproxy.control.js';
import type { HaproxyProcess } from './haproxy.process.js';
import { refusedRoute } from './refused-route.js';

export interface EdgeParts {
  settings: EdgeSettings;
  process: HaproxyProcess;
  master: HaproxyMaster;
  control: HaproxyControl;
  shelf: CertificateShelf;
  admission: EndpointAdmission;
  drains: DrainWatch;
}

/** What one pass came to. */
export interface EdgeOutcome {
  model: EdgeModel;
  running: EdgeShape;
  wanted: EdgeShape;
  workers: number;
  /** A reload is due, but the last one was a moment ago. */
  reloadDue: boolean;
}

const reloadEveryMs = 1_000;
const portLookEveryMs = 5_000;

/**
 * Level-triggered: looks at what the load balancer’s workers do and changes what differs from what is wanted, by the
 * runtime API where that can, else by a reload. One pass at a time.
 */
export class EdgeApplier {
  private readonly refusedRoutes = new Map<string, { route: string; sentence: string }>();
  private readonly takenPorts = new Map<number, number>();
  private lastReload = -reloadEveryMs;
  /** Until the first pass is over, what a running load balancer serves counts as reached. */
  private adopting = true;

  constructor(private readonly parts: EdgeParts) {}

  async pass(projects: readonly EdgeProject[]): Promise<EdgeOutcome> {
    const { process, master, control, drains } = this.parts;
    drains.look(projects, performance.now());
    if (!process.running()) await this.bringUp(projects);
    const workers = await master.workers();
    const [current] = workers;
    if (!current) throw new Error('The load balancer has no worker.');
    const found = await master.with(current.pid, (session) => this.look(session, projects));
    const { model, running, wanted, servers } = found;
    if (covers(running, wanted)) {
      await master.with(current.pid, (session) => this.change(session, model, projects));
      await this.setServers(workers, model);
      return { model, running, wanted, workers: workers.length, reloadDue: false };
    }
    // Containers come and go in what runs, whether or not the rest can be had yet.
    await this.setServers(workers, model);
    if (performance.now() - this.lastReload < reloadEveryMs) {
      return { model, running, wanted, workers: workers.length, reloadDue: true };
    }
    this.lastReload = performance.now();
    await this.guarded(projects, model, () => control.reload(model, servers));
    return this.pass(projects);
  }

  /** Requests under way on containers that leave; a short pass for while nothing else changes. */
  async countSessions(): Promise<void> {
    const { master, drains } = this.parts;
    const routes = drains.busyRoutes(performance.now());
    if (routes.length === 0) return;
    const counts = new Map<string, number>();
    for (const { pid } of await master.workers()) {
      await master.with(pid, async (session) => {
        for (const routeId of routes) {
          const backend = backendName(routeId);
          const sessions = await session.sessions(backend);
          for (const slot of (await session.servers(backend)).get(backend) ?? []) {
            const key = `${routeId} ${serverKey(slot)}`;
            counts.set(key, (counts.get(key) ?? 0) + (sessions.get(`${backend}/${slot.name}`) ?? 0));
          }
        }
      });
    }
    drains.count((routeId, key) => counts.get(`${routeId} ${key}`) ?? 0);
  }

  private async bringUp(projects: readonly EdgeProject[]): Promise<void> {
    this.parts.admission.look(projects, () => false);
    this.adopting = false;
    const model = compile(projects, this.parts.settings, await this.facts(projects, emptyShape));
    this.lastReload = performance.now() - reloadEveryMs;
    await this.guarded(projects, model, () => this.parts.control.start(model));
  }

  private async look(session: WorkerSession, projects: readonly EdgeProject[]) {
    const { admission, control, settings, shelf } = this.parts;
    const running = control.shapeFor(await session.description());
    const servers = await session.servers();
    const served = this.adopting ? servingKeys(servers) : new Set<string>();
    this.adopting = false;
    admission.look(projects, ({ routeId }, endpoint) => served.has(`${backendName(routeId)} ${serverKey(endpoint)}`));
    await shelf.offer(session, projects);
    const model = compile(projects, settings, await this.facts(projects, running));
    return { model, running, servers, wanted: shapeOf(model, settings) };
  }

  /** What needs no reload, besides servers. */
  private async change(session: WorkerSession, model: EdgeModel, projects: readonly EdgeProject[]): Promise<void> {
    const { files } = this.parts.settings;
    for (const [list, lines] of model.certificateLists) {
      await session.run(planList(list, await session.certificateList(list), lines));
    }
    await session.run(planMap(files.routesMap, await session.map(files.routesMap), model.routes));
    await session.run(planMap(files.challengesMap, await session.map(files.challengesMap), model.challenges));
    await this.parts.shelf.tidy(session, projects);
  }

  /** The newest worker sends requests to exactly these servers, and those that it replaced send theirs to it. */
  private async setServers([current, ...replaced]: readonly Worker[], model: EdgeModel): Promise<void> {
    const { master } = this.parts;
    if (current) await master.with(current.pid, (session) => bringServers(session, model));
    for (const { pid } of replaced) {
      try {
        await master.with(pid, (session) => this.relay(session));
      } catch (error) {
        // Most have ended meanwhile. One that has not might send requests to containers that are about to end.
        if ((await master.workers()).some((worker) => worker.pid === pid)) throw error;
      }
    }
  }

  private async relay(session: WorkerSession): Promise<void> {
    const { relayMap } = this.parts.settings.files;
    if ((await session.map(relayMap)).has(relay.key)) return;
    await session.run([`add map ${relayMap} ${relay.key} ${relay.value}`]);
  }

  private async facts(projects: readonly EdgeProject[], running: EdgeShape): Promise<EdgeFacts> {
    const { admission, shelf } = this.parts;
    const routes = new Map(projects.flatMap((project) => project.routes).map((each) => [each.routeId, each]));
    for (const [routeId, { route }] of this.refusedRoutes) {
      if (JSON.stringify(routes.get(routeId)) !== route) this.refusedRoutes.delete(routeId);
    }
    return {
      admitted: (routeId, endpoint) => admission.has(routeId, endpoint),
      slots: (backend) => running.backends[backend]?.slots ?? null,
      refusedCertificates: shelf.refusals(projects),
      takenPorts: await this.findTakenPorts(projects, running),
      refusedRoutes: new Map([...this.refusedRoutes].map(([routeId, { sentence }]) => [routeId, sentence])),
    };
  }

  private async findTakenPorts(projects: readonly EdgeProject[], running: EdgeShape): Promise<Set<number>> {
    const ours = new Set(Object.values(running.ports).map(({ port }) => port));
    const asked = projects.flatMap(({ routes }) => routes.flatMap(({ kind, port }) => (kind === 'tcp' ? [port] : [])));
    for (const port of new Set(asked)) {
      const known = this.takenPorts.get(port);
      if (ours.has(port)) this.takenPorts.delete(port);
      else if (known === undefined || performance.now() - known > portLookEveryMs) {
        if (port > 0 && port < 65_536 && !(await isPortFree(this.parts.settings.address, port))) {
          this.takenPorts.set(port, performance.now());
        } else this.takenPorts.delete(port);
      }
    }
    return new Set(this.takenPorts.keys());
  }

  /** A route that the load balancer refuses is left out from then on, until it changes: the others must go on. */
  private async guarded(projects: readonly EdgeProject[], model: EdgeModel, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const refused = await refusedRoute(error, this.parts.settings.files.configuration);
      const route = projects.flatMap(({ routes }) => routes).find(({ routeId }) => routeId === refused?.routeId);
      if (!refused || !route || !model.backends.some(({ routeId }) => routeId === route.routeId)) throw error;
      this.refusedRoutes.set(route.routeId, { route: JSON.stringify(route), sentence: refused.sentence });
      this.lastReload = -reloadEveryMs;
      throw error;
    }
  }
}

const servingKeys = (servers: ReadonlyMap<string, readonly ServerSlot[]>): Set<string> =>
  new Set(
    [...servers].flatMap(([backend, slots]) =>
      slots.filter(({ maintenance, up }) => !maintenance && up).map((slot) => `${backend} ${serverKey(slot)}`),
    ),
  );

async function bringServers(session: WorkerSession, model: EdgeModel): Promise<void> {
  const first = planServers(await session.servers(), model);
  await session.run(first.commands);
  if (first.full.length === 0) return;
  // Whoever left just now made room.
  const second = planServers(await session.servers(), model);
  await session.run(second.commands);
  const running = await session.servers();
  const without = second.full.filter((backend) => running.has(backend));
  if (without.length > 0) throw new Error(`There is no room for every container of ${without.join(', ')}.`);
}
