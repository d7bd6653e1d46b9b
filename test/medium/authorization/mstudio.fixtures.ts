import {
  apiKey,
  membership,
  project,
  projectMembership,
  registry,
  session,
  volume,
  stackService,
  none,
  oneOf,
  stateful,
  description,
  type RouteFixture,
} from './resource.makers.js';
import { certificate, domain, route } from './route.makers.js';

const located = { locates: true } as const;
const person = { body: () => ({ person: { firstName: 'Another', lastName: 'Name' } }) };
const invitation =
  (role: string): RouteFixture['body'] =>
  (cast) => ({ mailAddress: cast.somebody, role });

/** As `routeFixtures`, of the mStudio API. */
export const mstudioFixtures: Readonly<Record<string, RouteFixture>> = {
  // An API key has no session to end.
  'PUT /v2/logout': { alsoLetIn: stateful },
  'GET /v2/users/self': none,
  'PUT /v2/users/self': person,
  'PUT /v2/users/self/personal-information': person,
  // Nobody has an address.
  'GET /v2/users/self/credentials/email': { alsoLetIn: [404] },
  'GET /v2/users/self/credentials/mfa': none,
  'PUT /v2/users/self/credentials/password': {
    body: () => ({ oldPassword: 'wrong', newPassword: 'a long password' }),
    alsoLetIn: [400],
  },
  'GET /v2/users/self/sessions': none,
  'DELETE /v2/users/self/sessions': none,
  'GET /v2/users/self/sessions/current/status': none,
  'GET /v2/users/self/sessions/:session': oneOf(session, { ofUser: true }),
  'DELETE /v2/users/self/sessions/:session': oneOf(session, { ofUser: true }),
  'POST /v2/users/self/api-tokens': { body: () => ({ description: 'token', roles: ['api_read'] }) },
  'GET /v2/users/self/api-tokens': none,
  'GET /v2/users/self/api-tokens/:token': oneOf(apiKey),
  'PUT /v2/users/self/api-tokens/:token': oneOf(apiKey, { body: description }),
  'DELETE /v2/users/self/api-tokens/:token': oneOf(apiKey),
  'GET /v2/customers': none,
  'GET /v2/customers/:organization': none,
  'PUT /v2/customers/:organization': { body: () => ({ name: 'Renamed' }) },
  'GET /v2/customers/:organization/projects': none,
  'GET /v2/customers/:organization/memberships': none,
  'GET /v2/customers/:organization/invites': none,
  'POST /v2/customers/:organization/invites': { body: invitation('member') },
  'GET /v2/customer-memberships': none,
  'GET /v2/customer-memberships/:membership': oneOf(membership, located),
  'PATCH /v2/customer-memberships/:membership': oneOf(membership, { ...located, body: () => ({ role: 'accountant' }) }),
  'DELETE /v2/customer-memberships/:membership': oneOf(membership, located),
  'GET /v2/customer-invites': none,
  'GET /v2/project-invites': none,
  'GET /v2/projects/:project/memberships': none,
  'GET /v2/projects/:project/memberships/self': none,
  'GET /v2/projects/:project/invites': none,
  'POST /v2/projects/:project/invites': { body: invitation('external') },
  'GET /v2/project-memberships': none,
  'GET /v2/project-memberships/:membership': oneOf(projectMembership, located),
  'PATCH /v2/project-memberships/:membership': oneOf(projectMembership, {
    ...located,
    body: () => ({ role: 'external' }),
  }),
  'DELETE /v2/project-memberships/:membership': oneOf(projectMembership, located),
  'GET /v2/servers': none,
  'GET /v2/servers/:organization': none,
  'GET /v2/projects': none,
  'POST /v2/servers/:organization/projects': { body: description },
  'GET /v2/projects/:project': none,
  'PATCH /v2/projects/:project': { body: description },
  'DELETE /v2/projects/:project': { tenant: project },
  'GET /v2/stacks': none,
  'GET /v2/projects/:project/stacks': none,
  'POST /v2/projects/:project/stacks': { body: description },
  'GET /v2/stacks/:stack': none,
  'PUT /v2/stacks/:stack': { body: () => ({}) },
  'PATCH /v2/stacks/:stack': { body: () => ({}) },
  'DELETE /v2/stacks/:stack': none,
  'GET /v2/services': none,
  'GET /v2/volumes': none,
  'GET /v2/stacks/:stack/services/:service': oneOf(stackService),
  'GET /v2/stacks/:stack/services/:service/logs': oneOf(stackService),
  'POST /v2/stacks/:stack/services/:service/actions/start': oneOf(stackService, { alsoLetIn: stateful }),
  'POST /v2/stacks/:stack/services/:service/actions/stop': oneOf(stackService, { alsoLetIn: stateful }),
  'POST /v2/stacks/:stack/services/:service/actions/restart': oneOf(stackService, { alsoLetIn: stateful }),
  'POST /v2/stacks/:stack/services/:service/actions/recreate': oneOf(stackService, { alsoLetIn: stateful }),
  'POST /v2/stacks/:stack/services/:service/actions/pull': oneOf(stackService, { alsoLetIn: stateful }),
  'POST /v2/stacks/:stack/services/:service/webhook-token': oneOf(stackService, { alsoLetIn: stateful }),
  'GET /v2/ingresses': none,
  'GET /v2/projects/:project/ingresses': none,
  // The project is in the body; without a path it is refused once the caller is let in.
  'POST /v2/ingresses': {
    ...located,
    body: (_cast, tenant) => ({ hostname: 'a.example', projectId: tenant.project.id, paths: [] }),
    alsoLetIn: [400],
  },
  'GET /v2/ingresses/:ingress': oneOf(route, located),
  'PATCH /v2/ingresses/:ingress/paths': oneOf(route, { ...located, body: () => [], alsoLetIn: [400] }),
  // The route leads nowhere, so that it is refused once the caller is let in.
  'PATCH /v2/ingresses/:ingress/tls': oneOf(route, { ...located, body: () => ({ acme: true }), alsoLetIn: [400] }),
  // Nobody issues any.
  'POST /v2/ingresses/:ingress/actions/request-acme-certificate-issuance': oneOf(route, {
    ...located,
    alsoLetIn: [400],
  }),
  'POST /v2/ingresses/:ingress/actions/verify-ownership': oneOf(route, { ...located, alsoLetIn: [400] }),
  'DELETE /v2/ingresses/:ingress': oneOf(route, located),
  'GET /v2/certificates': none,
  'GET /v2/certificate-requests': none,
  'POST /v2/certificate-requests': {
    ...located,
    body: (_cast, tenant) => ({ projectId: tenant.project.id }),
    alsoLetIn: [400],
  },
  ...Object.fromEntries(
    ['certificates', 'certificate'].flatMap((name) => [
      [`GET /v2/${name}/:certificate`, oneOf(certificate, located)],
      [
        `PUT /v2/${name}/:certificate`,
        oneOf(certificate, { ...located, body: () => ({ certificate: 'x', privateKey: 'x' }), alsoLetIn: [400, 409] }),
      ],
      [`DELETE /v2/${name}/:certificate`, oneOf(certificate, located)],
    ]),
  ),
  ...Object.fromEntries(
    ['certificate-requests', 'certificate-request'].flatMap((name) => [
      [`GET /v2/${name}/:certificate`, oneOf(certificate, located)],
      [`DELETE /v2/${name}/:certificate`, oneOf(certificate, located)],
    ]),
  ),
  'GET /v2/domains': none,
  'GET /v2/domains/:domain': oneOf(domain, located),
  // Without a reference it is refused before any registry is asked.
  'GET /v2/container-image-config': { alsoLetIn: [400] },
  'GET /v2/projects/:project/registries': none,
  // Nothing inside is asked, so that it is refused once the caller is let in.
  'POST /v2/projects/:project/registries': {
    body: () => ({ uri: '127.0.0.1:5000', description: 'Inner' }),
    alsoLetIn: [400],
  },
  'GET /v2/registries/:registry': oneOf(registry, located),
  'PATCH /v2/registries/:registry': oneOf(registry, { ...located, body: description }),
  'DELETE /v2/registries/:registry': oneOf(registry, located),
  'POST /v2/registries/:registry/actions/validate-credentials': oneOf(registry, located),
  'POST /v2/actions/validate-container-registry-uri': { body: () => ({ registryUri: '127.0.0.1:5000' }) },
  'GET /v2/stacks/:stack/volumes': none,
  'GET /v2/stacks/:stack/volumes/:volume': oneOf(volume),
  'DELETE /v2/stacks/:stack/volumes/:volume': oneOf(volume),
};
