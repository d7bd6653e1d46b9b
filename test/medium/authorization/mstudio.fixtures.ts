import {
  project,
  registry,
  volume,
  stackService,
  none,
  oneOf,
  stateful,
  description,
  type RouteFixture,
} from './resource.makers.js';

const inProject = { locates: 'project' } as const;

/** As `routeFixtures`, of the mStudio API. */
export const mstudioFixtures: Readonly<Record<string, RouteFixture>> = {
  'GET /v2/users/self': none,
  'GET /v2/customers': none,
  'GET /v2/customers/:organization': none,
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
  // Without a reference it is refused before any registry is asked.
  'GET /v2/container-image-config': { alsoLetIn: [400] },
  'GET /v2/projects/:project/registries': none,
  // Nothing inside is asked, so that it is refused once the caller is let in.
  'POST /v2/projects/:project/registries': {
    body: () => ({ uri: '127.0.0.1:5000', description: 'Inner' }),
    alsoLetIn: [400],
  },
  'GET /v2/registries/:registry': oneOf(registry, inProject),
  'PATCH /v2/registries/:registry': oneOf(registry, { ...inProject, body: description }),
  'DELETE /v2/registries/:registry': oneOf(registry, inProject),
  'POST /v2/registries/:registry/actions/validate-credentials': oneOf(registry, inProject),
  'POST /v2/actions/validate-container-registry-uri': { body: () => ({ registryUri: '127.0.0.1:5000' }) },
  'GET /v2/stacks/:stack/volumes': none,
  'GET /v2/stacks/:stack/volumes/:volume': oneOf(volume),
  'DELETE /v2/stacks/:stack/volumes/:volume': oneOf(volume),
};
