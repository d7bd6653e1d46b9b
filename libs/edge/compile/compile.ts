import type { EdgeChallenge, EdgeProject, EdgeRoute } from '../state.js';
import { tcpCertificateList, type EdgeSettings } from '../settings.js';
import { backendOf, type BackendFacts } from './backend.js';
import { ProjectCertificates } from './certificates.js';
import { tcpFrontendName, type CertificateModel, type EdgeModel } from './model.js';
import { isAcmeResponse, isAcmeToken, isHost, isIdentifier, isPath, isPort } from './syntax.js';

/** What only the edge itself knows. */
export interface EdgeFacts extends BackendFacts {
  /** Certificates that the load balancer does not take, with what it said. */
  refusedCertificates: ReadonlyMap<string, string>;
  /** Ports that something else on the node listens on. */
  takenPorts: ReadonlySet<number>;
  /** Routes that the load balancer does not take, with what it said. */
  refusedRoutes: ReadonlyMap<string, string>;
}

export const mapKey = (host: string, path: string): string => `${host}${path}${path.endsWith('/') ? '' : '/'}`;

/** Pure: the same projects and facts give the same model. What can’t be served is left out and said. */
export function compile(projects: readonly EdgeProject[], settings: EdgeSettings, facts: EdgeFacts): EdgeModel {
  const compilation = new Compilation(settings, facts);
  const ordered = [...projects].sort((a, b) => (a.projectId < b.projectId ? -1 : 1));
  for (const project of ordered) compilation.add(project);
  return compilation.finish();
}

class Compilation {
  private readonly model: EdgeModel = {
    backends: [],
    tcpFrontends: [],
    routes: new Map(),
    challenges: new Map(),
    certificates: [],
    certificateLists: new Map(),
    problems: [],
  };
  private readonly used = new Map<string, CertificateModel>();
  private readonly serverNames = new Map<string, CertificateModel>();
  private readonly ids = new Set<string>();
  private readonly ports = new Map<number, string>();

  constructor(
    private readonly settings: EdgeSettings,
    private readonly facts: EdgeFacts,
  ) {
    this.ports.set(settings.httpPort, 'HTTP').set(settings.httpsPort, 'HTTPS');
    if (settings.metricsPort !== null) this.ports.set(settings.metricsPort, 'metrics');
  }

  add(project: EdgeProject): void {
    const certificates = new ProjectCertificates(project, this.settings.files, this.facts.refusedCertificates);
    const routes = [...project.routes].sort((a, b) => (a.routeId < b.routeId ? -1 : 1));
    for (const route of routes) {
      if (!isIdentifier(route.routeId) || this.ids.has(route.routeId)) continue;
      this.ids.add(route.routeId);
      const say = (sentence: string) =>
        this.model.problems.push({ projectId: project.projectId, routeId: route.routeId, sentence });
      const refusal = this.facts.refusedRoutes.get(route.routeId) ?? this.addRoute(project, route, certificates, say);
      if (refusal) say(refusal);
      if (route.targets.length > 0 && route.targets.every(({ weight }) => weight === 0)) {
        say('Every target of the route has weight 0: give one of them a weight, or no request is answered.');
      }
    }
    for (const challenge of project.challenges) this.addChallenge(challenge);
  }

  finish(): EdgeModel {
    const names = [...this.serverNames].sort(([a], [b]) => (a < b ? -1 : 1));
    this.model.certificateLists.set(
      this.settings.files.certificateList,
      names.map(([serverName, { file }]) => ({ file, serverName })),
    );
    this.model.certificates = [...this.used.values()];
    return this.model;
  }

  private addRoute(
    { projectId }: EdgeProject,
    route: EdgeRoute,
    certificates: ProjectCertificates,
    say: (sentence: string) => void,
  ): string | null {
    return route.kind === 'http'
      ? this.addHttp(projectId, route, certificates, say)
      : this.addTcp(projectId, route, certificates);
  }

  private addHttp(
    projectId: string,
    route: EdgeRoute,
    certificates: ProjectCertificates,
    say: (sentence: string) => void,
  ): string | null {
    if (!isHost(route.host)) return 'The host is not a name that DNS can hold.';
    if (!isPath(route.path)) return 'The path holds characters that do not belong in a URL: encode them with %.';
    const key = mapKey(route.host, route.path);
    if (this.model.routes.has(key)) return 'Another route has the same host and path: change one of them.';
    const certificate = route.tls ? certificates.for(route.host, route.certificateId) : null;
    if (route.tls && !certificate) {
      say(`No certificate of the project covers ${route.host}${certificates.reason}: HTTPS is not answered for it.`);
    }
    const backend = backendOf(projectId, route, route.redirectToHttps && certificate !== null, this.facts);
    if (typeof backend === 'string') return backend;
    if (certificate && !this.serverNames.has(route.host)) {
      this.serverNames.set(route.host, certificate);
      this.used.set(certificate.certificateId, certificate);
    }
    this.model.backends.push(backend);
    this.model.routes.set(key, backend.name);
    return null;
  }

  private addTcp(projectId: string, route: EdgeRoute, certificates: ProjectCertificates): string | null {
    const { port, routeId } = route;
    if (!isPort(port)) return `${port} is not a port (1 to 65535).`;
    const other = this.ports.get(port);
    if (other) return `Port ${port} of the edge serves ${other} already: choose another.`;
    if (this.facts.takenPorts.has(port)) {
      return `Port ${port} is taken by another program on this edge: choose another, or free it there.`;
    }
    const chosen = route.tls ? certificates.some(route.certificateId) : [];
    if (route.tls && chosen.length === 0) {
      return `The project has no certificate for TLS on port ${port}${certificates.reason}: add one, or turn TLS off.`;
    }
    const backend = backendOf(projectId, route, false, this.facts);
    if (typeof backend === 'string') return backend;
    const list = route.tls ? tcpCertificateList(this.settings.files, routeId) : null;
    if (list) {
      this.model.certificateLists.set(
        list,
        chosen.map(({ file }) => ({ file, serverName: null })),
      );
      for (const certificate of chosen) this.used.set(certificate.certificateId, certificate);
    }
    this.ports.set(port, 'another route');
    this.model.backends.push(backend);
    this.model.tcpFrontends.push({
      name: tcpFrontendName(routeId),
      routeId,
      port,
      backend: backend.name,
      certificateList: list,
    });
    return null;
  }

  private addChallenge({ host, token, response }: EdgeChallenge): void {
    if (!isHost(host) || !isAcmeToken(token) || !isAcmeResponse(response)) return;
    this.model.challenges.set(`${host}/.well-known/acme-challenge/${token}`, response);
  }
}
