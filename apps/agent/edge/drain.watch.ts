import { serverKey } from '#libs/edge/compile/model.js';
import type { EdgeEndpoint, EdgeProject, EdgeRoute } from '#libs/edge/state.js';

interface Leaving {
  projectId: string;
  route: EdgeRoute;
  endpoint: EdgeEndpoint;
  since: number;
  empty: boolean;
}

/** Containers that leave, and whether requests are under way on them. Time is the caller’s. */
export class DrainWatch {
  private readonly leaving = new Map<string, Leaving>();

  /** Takes up who leaves now, forgets who is gone. */
  look(projects: readonly EdgeProject[], now: number): void {
    const found = new Set<string>();
    for (const { projectId, routes } of projects) {
      for (const route of routes) {
        const endpoints = route.targets.flatMap((target) => target.endpoints);
        const staying = new Set(endpoints.filter(({ draining }) => !draining).map(serverKey));
        for (const endpoint of endpoints) {
          // An address that another container took over belongs to that one: nobody can tell their requests apart.
          if (!endpoint.draining || staying.has(serverKey(endpoint))) continue;
          const key = `${route.routeId} ${endpoint.containerId}`;
          found.add(key);
          const held = this.leaving.get(key);
          this.leaving.set(key, { projectId, route, endpoint, since: held?.since ?? now, empty: held?.empty ?? false });
        }
      }
    }
    for (const key of this.leaving.keys()) if (!found.has(key)) this.leaving.delete(key);
  }

  /** Routes on which somebody who leaves may have requests under way. */
  busyRoutes(now: number): string[] {
    return [...new Set(this.busy(now).map(({ route }) => route.routeId))];
  }

  /** @param sessions requests and connections under way, by route and by "address:port", over all workers */
  count(sessions: (routeId: string, key: string) => number): void {
    for (const each of this.leaving.values()) {
      if (!each.empty && sessions(each.route.routeId, serverKey(each.endpoint)) === 0) each.empty = true;
    }
  }

  done(projectId: string, now: number): boolean {
    return !this.busy(now).some((each) => each.projectId === projectId);
  }

  /** Milliseconds until the next one’s time is over; null when nobody is waited for. */
  nextDeadline(now: number): number | null {
    const busy = this.busy(now);
    return busy.length === 0
      ? null
      : Math.max(0, Math.min(...busy.map((each) => each.since + each.route.drainMs - now)));
  }

  get size(): number {
    return this.leaving.size;
  }

  private busy(now: number): Leaving[] {
    return [...this.leaving.values()].filter(({ empty, since, route }) => !empty && now - since < route.drainMs);
  }
}
