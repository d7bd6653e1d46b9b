import { request } from 'node:http';
import { connect } from 'node:net';
import type { EdgeEndpoint, EdgeProject, EdgeRoute, RouteProblem } from '#libs/edge/state.js';
import { serverKey } from '#libs/edge/compile/model.js';
import { isAddress, isPort } from '#libs/edge/compile/syntax.js';
import { Slots } from '#libs/platform/concurrency/slots.js';

export interface AdmissionTiming {
  /** Between two tries: begins with the first and doubles up to the second. */
  firstRetryMs: number;
  longestRetryMs: number;
  answerWithinMs: number;
  /** How long a container without a health check is tried before it is let in anyway. */
  patienceMs: number;
}

export const admissionTiming: AdmissionTiming = {
  firstRetryMs: 50,
  longestRetryMs: 1_000,
  answerWithinMs: 1_000,
  patienceMs: 3_000,
};
const atOnce = 64;

interface Candidate {
  route: EdgeRoute;
  endpoint: EdgeEndpoint;
  stop: AbortController;
  admitted: boolean;
  since: number;
}

const keyOf = (routeId: string, endpoint: EdgeEndpoint) => `${routeId} ${endpoint.containerId} ${serverKey(endpoint)}`;

/**
 * Reaches every new container itself before requests may: what the control plane saw answer on its node may not be
 * reachable from this one yet. Asks what the route’s health check would, once; from then on the load balancer checks.
 */
export class EndpointAdmission {
  private readonly candidates = new Map<string, Candidate>();
  private readonly slots = new Slots(atOnce);

  constructor(
    private readonly onAdmitted: () => void,
    private readonly timing: AdmissionTiming = admissionTiming,
  ) {}

  has(routeId: string, endpoint: EdgeEndpoint): boolean {
    return this.candidates.get(keyOf(routeId, endpoint))?.admitted ?? false;
  }

  /** Containers that are still being tried. */
  get waiting(): number {
    return [...this.candidates.values()].filter(({ admitted }) => !admitted).length;
  }

  /** Of routes whose containers have been tried in vain for a while: what to tell whoever made them. */
  unreached(projectId: string, routes: readonly EdgeRoute[]): RouteProblem[] {
    const now = performance.now();
    const late = [...this.candidates.values()].filter(
      ({ admitted, since }) => !admitted && now - since >= this.timing.patienceMs,
    );
    return routes.flatMap((route) => {
      const ports = late.filter((each) => each.route.routeId === route.routeId).map(({ endpoint }) => endpoint.port);
      return ports.length === 0
        ? []
        : [{ projectId, routeId: route.routeId, sentence: unreachedSentence(route, ports) }];
    });
  }

  /**
   * Begins with containers that are new, forgets those that are not wanted any more or leave.
   * @param serves whether a running load balancer sends requests there already, which needs no second look
   */
  look(projects: readonly EdgeProject[], serves: (route: EdgeRoute, endpoint: EdgeEndpoint) => boolean): void {
    const wanted = new Set<string>();
    for (const route of projects.flatMap(({ routes }) => routes)) {
      for (const endpoint of route.targets.flatMap(({ endpoints }) => endpoints)) {
        if (endpoint.draining || !isAddress(endpoint.address) || !isPort(endpoint.port)) continue;
        const key = keyOf(route.routeId, endpoint);
        wanted.add(key);
        if (!this.candidates.has(key)) this.begin(key, route, endpoint, serves(route, endpoint));
      }
    }
    for (const [key, { stop }] of this.candidates) {
      if (wanted.has(key)) continue;
      stop.abort();
      this.candidates.delete(key);
    }
  }

  stop(): void {
    for (const { stop } of this.candidates.values()) stop.abort();
    this.candidates.clear();
  }

  private begin(key: string, route: EdgeRoute, endpoint: EdgeEndpoint, admitted: boolean): void {
    const candidate = { route, endpoint, stop: new AbortController(), admitted, since: performance.now() };
    this.candidates.set(key, candidate);
    if (!admitted) void this.tryUntilReached(candidate, route, endpoint);
  }

  private async tryUntilReached(candidate: Candidate, route: EdgeRoute, endpoint: EdgeEndpoint): Promise<void> {
    const { signal } = candidate.stop;
    let pause = this.timing.firstRetryMs;
    while (!signal.aborted) {
      const attempt = AbortSignal.any([signal, AbortSignal.timeout(this.timing.answerWithinMs)]);
      const reached = await this.slots.run(() => reach(route, endpoint, attempt));
      if (signal.aborted) return;
      const patient = performance.now() - candidate.since < this.timing.patienceMs;
      if (reached || (route.healthCheck.kind === 'none' && !patient)) {
        candidate.admitted = true;
        this.onAdmitted();
        return;
      }
      const wait = pause;
      pause = Math.min(pause * 2, this.timing.longestRetryMs);
      await pausedFor(wait, signal);
    }
  }
}

function unreachedSentence({ healthCheck, targets }: EdgeRoute, ports: readonly number[]): string {
  const all = targets.reduce((sum, { endpoints }) => sum + endpoints.filter(({ draining }) => !draining).length, 0);
  const asked = healthCheck.kind === 'http' ? `, or not to the health check ${healthCheck.path || '/'}` : '';
  return (
    `${ports.length} of ${all} containers do not answer on port ${[...new Set(ports)].join(', ')}${asked}: ` +
    'look that the service listens there on all of its addresses. They are tried until they do.'
  );
}

function pausedFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish, { once: true });
  });
}

function reach(route: EdgeRoute, endpoint: EdgeEndpoint, signal: AbortSignal): Promise<boolean> {
  // Behind the PROXY protocol nobody answers a request that comes without its line.
  const asks = route.healthCheck.kind === 'http' && route.proxyProtocol === 'none';
  return asks ? answers(route, endpoint, signal) : accepts(endpoint, signal);
}

function accepts({ address, port }: EdgeEndpoint, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, signal });
    socket.once('connect', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
  });
}

function answers(
  { healthCheck, host }: EdgeRoute,
  { address, port }: EdgeEndpoint,
  signal: AbortSignal,
): Promise<boolean> {
  const { acceptedCodes } = healthCheck;
  const headers = { connection: 'close', ...(host && !host.startsWith('*') && { host }) };
  return new Promise((resolve) => {
    const path = healthCheck.path || '/';
    const call = request({ host: address, port, path, signal, agent: false, headers }, (response) => {
      const code = response.statusCode ?? 0;
      response.destroy();
      resolve(acceptedCodes.length > 0 ? acceptedCodes.includes(code) : code >= 200 && code < 400);
    });
    call.once('error', () => resolve(false)).end();
  });
}
