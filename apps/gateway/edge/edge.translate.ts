import type { EdgeProject, EdgeRoute } from '#libs/agent-protocol/generated/pierhead/agent/v1/edge.js';
import type { EdgeProjectView, EdgeRouteView } from '#libs/core/edge/edge-directory.port.js';

/** @param keyOf opens a certificate's key; null: it cannot be opened, and the certificate is left out */
export const edgeProjectToWire = (
  view: EdgeProjectView,
  keyOf: (certificateId: string, sealed: Buffer) => string | null,
): EdgeProject => ({
  projectId: view.projectId,
  routes: view.routes.map(routeToWire),
  certificates: view.certificates.flatMap(({ certificateId, names, chainPem, keySealed }) => {
    const keyPem = keyOf(certificateId, keySealed);
    return keyPem === null ? [] : [{ certificateId, names, chainPem, keyPem }];
  }),
  challenges: view.challenges,
});

const routeToWire = (route: EdgeRouteView): EdgeRoute => ({
  routeId: route.routeId,
  kind: route.kind,
  host: route.host ?? '',
  path: route.path ?? '',
  port: route.port ?? 0,
  tls: route.tls,
  redirectToHttps: route.redirectToHttps,
  hstsMaxAgeS: route.hstsMaxAgeSeconds,
  cookieAffinity: route.cookieAffinity,
  proxyProtocol: route.proxyProtocol,
  healthCheck: route.healthCheck,
  targets: route.targets.map(({ serviceId, port, weight, endpoints }) => ({
    serviceId,
    port,
    weight,
    endpoints: endpoints.map((endpoint) => ({ ...endpoint, port })),
  })),
  drainMs: route.drainMs,
  ...(route.certificateId === null ? {} : { certificateId: route.certificateId }),
});
