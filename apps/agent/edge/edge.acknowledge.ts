import {
  backendName,
  serverKey,
  tcpFrontendName,
  type BackendModel,
  type EdgeModel,
} from '#libs/edge/compile/model.js';
import { isAddress, isPort } from '#libs/edge/compile/syntax.js';
import type { EdgeShape } from '#libs/edge/render/render.js';
import type { EdgeProject, EdgeRoute } from '#libs/edge/state.js';

/** What is in force on the edge, besides the model itself. */
export interface EdgeForce {
  /** Of the worker that takes new connections. */
  running: EdgeShape;
  /** Of the model. */
  wanted: EdgeShape;
  certificatesTried: (project: EdgeProject) => boolean;
  drained: (projectId: string) => boolean;
}

/**
 * Of which projects everything is in force: its routes lead where they should, its new containers take requests,
 * those that leave have none under way. What the model had to leave out is not waited for: it is said.
 */
export function inForce(projects: readonly EdgeProject[], model: EdgeModel, force: EdgeForce): EdgeProject[] {
  const backends = new Map(model.backends.map((backend) => [backend.routeId, backend]));
  return projects.filter((project) => isInForce(project, backends, force));
}

function isInForce(project: EdgeProject, backends: ReadonlyMap<string, BackendModel>, force: EdgeForce): boolean {
  if (!force.certificatesTried(project) || !force.drained(project.projectId)) return false;
  return project.routes.every((route) => {
    const backend = backends.get(route.routeId);
    return !backend || (runs(route, force) && serversOfAll(route, backend));
  });
}

function runs({ routeId, kind }: EdgeRoute, { running, wanted }: EdgeForce): boolean {
  const [name, port] = [backendName(routeId), tcpFrontendName(routeId)];
  const [held, asked] = [running.backends[name], wanted.backends[name]];
  if (!held || !asked || held.text !== asked.text || held.slots < asked.slots) return false;
  return kind === 'http' || running.ports[port]?.text === wanted.ports[port]?.text;
}

function serversOfAll({ targets }: EdgeRoute, { servers }: BackendModel): boolean {
  const keys = new Set(servers.map(serverKey));
  return targets
    .flatMap(({ endpoints }) => endpoints)
    .filter(({ draining, address, port }) => !draining && isAddress(address) && isPort(port))
    .every((endpoint) => keys.has(serverKey(endpoint)));
}
