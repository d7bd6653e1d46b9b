import { newUser } from '#libs/core/identity/new-records.js';
import { newId } from '#libs/platform/id.js';
import { aContainer } from '../store/records.js';
import { unique, type Cast, type TenantCast } from './cast.js';

/**
 * Makes one resource of the tenant that the call may change or remove, and returns what stands in the address.
 * `asker` is the credential of who will ask, for what belongs to its user.
 */
export type Maker = (cast: Cast, tenant: TenantCast, asker: string) => Promise<string>;

export interface RouteFixture {
  /** The resource that the last parameter names; none for lists and creations. Below another one: `above/id`. */
  resource?: Maker;
  /** Where the tenant itself is what the call removes: makes one for those who may. */
  tenant?: Maker;
  body?: (cast: Cast, tenant: TenantCast) => unknown;
  /** Statuses that show the call was let in although it did not succeed: a state, a wrong password. */
  alsoLetIn?: readonly number[];
  /** The resource is the platform's, so there is no foreign one. */
  ofPlatform?: true;
  /** Any user may be named, so a foreign one is not `not-found`. */
  namesAnyUser?: true;
  /** Roles that the table lets in and the use case refuses, because it depends on more than the role. */
  refusedByUseCase?: readonly string[];
}

const project: Maker = async (cast, tenant) => {
  const path = `/api/v1/organizations/${tenant.organization.id}/projects`;
  return (await cast.make(tenant, path, { name: unique('project') })).id;
};
const user: Maker = (cast) =>
  cast.work.platform(async (tx) => {
    const made = newUser({ name: unique('user') }, new Date());
    await tx.identity.users.insert(made);
    return made.id;
  });
const member: Maker = async (cast, tenant, asker) => {
  const id = await user(cast, tenant, asker);
  await cast.work.platform((tx) => tx.identity.organizations.setMember(tenant.organization.id, id, 'developer'));
  return id;
};
const projectMember: Maker = async (cast, tenant, asker) => {
  const id = await user(cast, tenant, asker);
  const { organization: place, project: within } = tenant;
  await cast.work.platform((tx) => tx.identity.projects.setMember(place.id, within.id, id, 'project-auditor'));
  return id;
};
const node: Maker = (cast, tenant) =>
  cast.work.platform(async (tx) => {
    const [id, nodeId] = [newId(), newId()];
    await tx.identity.joinTokens.insert({
      id,
      organizationId: tenant.organization.id,
      nodeClusterId: null,
      secretHash: Buffer.alloc(32),
      tags: [],
      expiresAt: new Date(Date.now() + 60_000),
      usedAt: null,
      usedByNodeId: null,
      revokedAt: null,
      createdBy: null,
      createdAt: new Date(),
    });
    const certificate = { certificateSerial: nodeId, certificateExpiresAt: new Date() };
    await tx.identity.joinTokens.redeem(id, { id: nodeId, name: 'node', address: '', ...certificate }, new Date());
    return nodeId;
  });
const apiKey: Maker = async (cast, tenant, asker) => {
  const path = `/api/v1/organizations/${tenant.organization.id}/api-keys`;
  return (await cast.make({ ...tenant, owner: asker }, path, { name: 'key' })).id;
};
const cluster: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/v1/node-clusters', { name: unique('cluster') })).id;
const joinToken: Maker = async (cast, tenant) => (await cast.make(tenant, '/api/v1/join-tokens', {})).id;
const stack: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/app/v1/stack/', { name: unique('stack') })).id;
const service: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/app/v1/service/', { name: unique('service'), image: 'busybox' })).id;
const trigger: Maker = async (cast, tenant, asker) => {
  const above = await service(cast, tenant, asker);
  return `${above}/${(await cast.make(tenant, `/api/app/v1/service/${above}/trigger/`, {})).id}`;
};
const container: Maker = async (cast, tenant) => {
  const made = aContainer({ organizationId: tenant.organization.id, projectId: tenant.project.id });
  await cast.work.platform((tx) => tx.containers.insert([made]));
  return made.id;
};
const action: Maker = async (cast, tenant, asker) => {
  await stack(cast, tenant, asker);
  const { organization: place, project: within } = tenant;
  const filter = { limit: 1, offset: 0, resourceType: 'stack' as const };
  const { rows } = await cast.work.platformRead((tx) => tx.actions.list(place.id, within.id, filter));
  return rows[0]?.id ?? '';
};

const repository: Maker = async (cast, tenant) => {
  const name = `${unique('registry')}.example/image`;
  await cast.make(tenant, '/api/repo/v1/repository/', { name, username: 'user', password: 'a secret' });
  return encodeURIComponent(name);
};
const volume: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/v1/volumes', { name: unique('volume') })).id;

const stackService: Maker = async (cast, tenant) => {
  const name = unique('service');
  const address = `/v2/stacks/${tenant.project.id}`;
  const answer = await cast.call('PATCH', address, tenant.owner, { services: { [name]: { image: 'busybox' } } });
  const { services } = JSON.parse(answer.text) as { services: { id: string; serviceName: string }[] };
  return services.find((each) => each.serviceName === name)?.id ?? '';
};

const none: RouteFixture = {};
const oneOf = (resource: Maker, more: Partial<RouteFixture> = {}): RouteFixture => ({ resource, ...more });
const stateful = [409] as const;
const displayName = () => ({ displayName: 'Another name' });
const description = () => ({ description: unique('Described') });
const role = () => ({ role: 'developer' });
const limits = () => ({ limits: { containers: 100 } });

/**
 * How to call each route with a resource of a tenant. A new route must be entered here, or the test fails. A route
 * that exists with and without its tenant in the address stands here once, without.
 */
export const routeFixtures: Readonly<Record<string, RouteFixture>> = {
  'POST /api/v1/auth/logout': { alsoLetIn: stateful },
  'GET /api/v1/me': none,
  'POST /api/v1/me/password': {
    body: () => ({ currentPassword: 'wrong', newPassword: 'a long password' }),
    alsoLetIn: [400],
  },

  'POST /api/v1/organizations': {
    body: () => ({ name: unique('made'), owner: { name: unique('owner'), password: 'a long password' } }),
  },
  'GET /api/v1/organizations': none,
  'GET /api/v1/organizations/:organization': none,
  'PATCH /api/v1/organizations/:organization': { body: displayName },
  'DELETE /api/v1/organizations/:organization': { alsoLetIn: stateful },
  'GET /api/v1/organizations/:organization/members': none,
  'PUT /api/v1/organizations/:organization/members/:user': oneOf(member, { body: role, namesAnyUser: true }),
  'DELETE /api/v1/organizations/:organization/members/:user': oneOf(member),
  'POST /api/v1/organizations/:organization/projects': { body: () => ({ name: unique('project') }) },
  'GET /api/v1/organizations/:organization/projects': none,
  'GET /api/v1/organizations/:organization/quotas': none,
  'PUT /api/v1/organizations/:organization/quotas': { body: limits, refusedByUseCase: ['owner'] },
  'GET /api/v1/organizations/:organization/actions': none,
  'POST /api/v1/organizations/:organization/api-keys': { body: () => ({ name: 'key' }) },
  'GET /api/v1/organizations/:organization/api-keys': none,
  'GET /api/v1/organizations/:organization/api-keys/:key': oneOf(apiKey),
  'DELETE /api/v1/organizations/:organization/api-keys/:key': oneOf(apiKey),

  'GET /api/v1/projects/:project': none,
  'PATCH /api/v1/projects/:project': { body: displayName },
  'DELETE /api/v1/projects/:project': { tenant: project },
  'GET /api/v1/projects/:project/members': none,
  'PUT /api/v1/projects/:project/members/:user': oneOf(projectMember, {
    body: () => ({ role: 'project-developer' }),
    namesAnyUser: true,
  }),
  'DELETE /api/v1/projects/:project/members/:user': oneOf(projectMember),
  'GET /api/v1/projects/:project/quotas': none,
  'PUT /api/v1/projects/:project/quotas': { body: limits },
  'GET /api/v1/projects/:project/actions': none,

  'GET /api/v1/platform/actions': none,
  'POST /api/v1/users': { body: () => ({ name: unique('user') }) },
  'GET /api/v1/users': none,
  'GET /api/v1/users/:user': oneOf(user, { ofPlatform: true }),
  'PATCH /api/v1/users/:user': oneOf(user, { ofPlatform: true, body: displayName }),
  'GET /api/v1/signing-keys': none,
  'POST /api/v1/signing-keys': none,
  'DELETE /api/v1/signing-keys/:kid': oneOf(
    async (cast) => {
      const keys = await cast.work.platformRead((tx) => tx.identity.keys.signingKeys());
      return keys.at(-1)?.kid ?? '';
    },
    // The one that signs stays.
    { ofPlatform: true, alsoLetIn: stateful },
  ),

  'GET /api/v1/nodes': none,
  'GET /api/v1/nodes/:node': oneOf(node),
  'PATCH /api/v1/nodes/:node': oneOf(node, { body: () => ({ tags: ['ssd'] }) }),
  'POST /api/v1/nodes/:node/cordon': oneOf(node),
  'POST /api/v1/nodes/:node/uncordon': oneOf(node),
  'POST /api/v1/nodes/:node/drain': oneOf(node),
  'DELETE /api/v1/nodes/:node': oneOf(node),
  'POST /api/v1/node-clusters': { body: () => ({ name: unique('cluster') }) },
  'GET /api/v1/node-clusters': none,
  'GET /api/v1/node-clusters/:cluster': oneOf(cluster),
  'PATCH /api/v1/node-clusters/:cluster': oneOf(cluster, { body: () => ({ tags: ['ssd'] }) }),
  'DELETE /api/v1/node-clusters/:cluster': oneOf(cluster),
  'POST /api/v1/join-tokens': { body: () => ({}) },
  'GET /api/v1/join-tokens': none,
  'GET /api/v1/join-tokens/:token': oneOf(joinToken),
  'DELETE /api/v1/join-tokens/:token': oneOf(joinToken),

  'GET /api/v1/services': none,
  'GET /api/v1/services/:id': oneOf(service),
  'GET /api/v1/services/:id/deployments': oneOf(service),
  'GET /api/v1/containers': none,
  'POST /api/v1/containers': { body: () => ({ name: unique('standalone'), template: { image: 'busybox' } }) },
  'GET /api/v1/containers/:id': oneOf(container),
  'POST /api/v1/containers/:id/start': oneOf(container, { alsoLetIn: stateful }),
  'POST /api/v1/containers/:id/stop': oneOf(container, { alsoLetIn: stateful }),
  'POST /api/v1/containers/:id/restart': oneOf(container, { alsoLetIn: stateful }),
  'DELETE /api/v1/containers/:id': oneOf(container, { alsoLetIn: stateful }),
  'GET /api/v1/volumes': none,
  'POST /api/v1/volumes': { body: () => ({ name: unique('volume') }) },
  'GET /api/v1/volumes/:volume': oneOf(volume),
  'DELETE /api/v1/volumes/:volume': oneOf(volume),

  'GET /auth': none,
  'GET /api/app/v1/stack': none,
  'POST /api/app/v1/stack': { body: () => ({ name: unique('stack') }) },
  'GET /api/app/v1/stack/:uuid': oneOf(stack),
  'GET /api/app/v1/stack/:uuid/export': oneOf(stack),
  'PATCH /api/app/v1/stack/:uuid': oneOf(stack, { body: () => ({ services: [] }) }),
  'POST /api/app/v1/stack/:uuid/start': oneOf(stack, { alsoLetIn: stateful }),
  'POST /api/app/v1/stack/:uuid/stop': oneOf(stack, { alsoLetIn: stateful }),
  'POST /api/app/v1/stack/:uuid/redeploy': oneOf(stack, { alsoLetIn: stateful }),
  'DELETE /api/app/v1/stack/:uuid': oneOf(stack),
  'GET /api/app/v1/service': none,
  'POST /api/app/v1/service': { body: () => ({ name: unique('service'), image: 'busybox' }) },
  'GET /api/app/v1/service/:uuid': oneOf(service),
  'PATCH /api/app/v1/service/:uuid': oneOf(service, { body: () => ({ tags: [] }) }),
  'POST /api/app/v1/service/:uuid/start': oneOf(service, { alsoLetIn: stateful }),
  'POST /api/app/v1/service/:uuid/stop': oneOf(service, { alsoLetIn: stateful }),
  'POST /api/app/v1/service/:uuid/scale': oneOf(service, { alsoLetIn: stateful }),
  'POST /api/app/v1/service/:uuid/redeploy': oneOf(service, { alsoLetIn: stateful }),
  'DELETE /api/app/v1/service/:uuid': oneOf(service),
  'GET /api/app/v1/service/:uuid/trigger': oneOf(service),
  'POST /api/app/v1/service/:uuid/trigger': oneOf(service, { body: () => ({ name: 'trigger' }) }),
  'GET /api/app/v1/service/:uuid/trigger/:trigger': oneOf(trigger),
  'DELETE /api/app/v1/service/:uuid/trigger/:trigger': oneOf(trigger),
  'GET /api/app/v1/container': none,
  'GET /api/app/v1/container/:uuid': oneOf(container),
  'POST /api/app/v1/container/:uuid/start': oneOf(container, { alsoLetIn: stateful }),
  'POST /api/app/v1/container/:uuid/stop': oneOf(container, { alsoLetIn: stateful }),
  'POST /api/app/v1/container/:uuid/redeploy': oneOf(container, { alsoLetIn: stateful }),
  'DELETE /api/app/v1/container/:uuid': oneOf(container, { alsoLetIn: stateful }),
  'GET /api/audit/v1/action': none,
  'GET /api/audit/v1/action/:uuid': oneOf(action),
  'POST /api/audit/v1/action/:uuid/cancel': oneOf(action, { alsoLetIn: stateful }),
  'POST /api/audit/v1/action/:uuid/retry': oneOf(action, { alsoLetIn: stateful }),
  'GET /api/repo/v1/registry': none,
  'GET /api/repo/v1/registry/:host': oneOf(async (...at) => (await repository(...at)).replace('%2Fimage', '')),
  'GET /api/repo/v1/repository': none,
  'POST /api/repo/v1/repository': { body: () => ({ name: `registry.example/${unique('image')}` }) },
  'GET /api/repo/v1/repository/:name': oneOf(repository),
  'PATCH /api/repo/v1/repository/:name': oneOf(repository, { body: () => ({ username: 'user', password: 'other' }) }),
  'DELETE /api/repo/v1/repository/:name': oneOf(repository),
  'GET /api/infra/v1/node': none,
  'GET /api/infra/v1/node/:uuid': oneOf(node),
  'PATCH /api/infra/v1/node/:uuid': oneOf(node, { body: () => ({ tags: [] }) }),
  'POST /api/infra/v1/node/:uuid/health-check': oneOf(node),
  'DELETE /api/infra/v1/node/:uuid': oneOf(node),
  'GET /api/infra/v1/nodecluster': none,
  'POST /api/infra/v1/nodecluster': { body: () => ({ name: unique('cluster') }) },
  'GET /api/infra/v1/nodecluster/:uuid': oneOf(cluster),
  // Always refused with a sentence: there is no provider to deploy at.
  'POST /api/infra/v1/nodecluster/:uuid/deploy': oneOf(cluster, { alsoLetIn: [400] }),
  'PATCH /api/infra/v1/nodecluster/:uuid': oneOf(cluster, { body: () => ({ tags: [] }) }),
  'DELETE /api/infra/v1/nodecluster/:uuid': oneOf(cluster),

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
  'GET /v2/stacks/:stack/volumes': none,
  'GET /v2/stacks/:stack/volumes/:volume': oneOf(volume),
  'DELETE /v2/stacks/:stack/volumes/:volume': oneOf(volume),
};

/** What the parameters stand for that name the tenant. */
export const tenantIn = {
  organization: (tenant: TenantCast) => tenant.organization.id,
  project: (tenant: TenantCast) => tenant.project.id,
  namespace: (tenant: TenantCast) => tenant.project.namespace,
  /** The default stack, which carries its project's id. */
  stack: (tenant: TenantCast) => tenant.project.id,
} as const;
export type TenantParameter = keyof typeof tenantIn;
