import { newUser } from '#libs/core/identity/new-records.js';
import { newId } from '#libs/platform/id.js';
import { aContainer, aRegistry } from '../store/records.js';
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
  /** The address names the resource alone, and the tenant that it is in is found through it. */
  locates?: true;
  /** The resource is its user's, whom nobody stands above. */
  ofUser?: true;
  /** Any user may be named, so a foreign one is not `not-found`. */
  namesAnyUser?: true;
  /** Roles that the table lets in and the use case refuses, because it depends on more than the role. */
  refusedByUseCase?: readonly string[];
}

export const project: Maker = async (cast, tenant) => {
  const path = `/api/v1/organizations/${tenant.organization.id}/projects`;
  return (await cast.make(tenant, path, { name: unique('project') })).id;
};
export const user: Maker = (cast) =>
  cast.work.platform(async (tx) => {
    const made = newUser({ name: unique('user') }, new Date());
    await tx.identity.users.insert(made);
    return made.id;
  });
export const member: Maker = async (cast, tenant, asker) => {
  const id = await user(cast, tenant, asker);
  await cast.work.platform((tx) => tx.identity.organizations.setMember(tenant.organization.id, id, 'developer'));
  return id;
};
export const projectMember: Maker = async (cast, tenant, asker) => {
  const id = await user(cast, tenant, asker);
  const { organization: place, project: within } = tenant;
  await cast.work.platform((tx) => tx.identity.projects.setMember(place.id, within.id, id, 'project-auditor'));
  return id;
};
export const membership: Maker = async (cast, tenant, asker) => {
  const userId = await member(cast, tenant, asker);
  const { organizations } = await cast.work.platformRead((tx) => tx.identity.users.memberships(userId));
  return organizations[0]?.id ?? '';
};
export const projectMembership: Maker = async (cast, tenant, asker) => {
  const userId = await projectMember(cast, tenant, asker);
  const { projects } = await cast.work.platformRead((tx) => tx.identity.users.memberships(userId));
  return projects[0]?.id ?? '';
};
/** One of the asker's own. */
export const session: Maker = async (cast, _tenant, asker) => {
  const self = await cast.call('GET', '/v2/users/self', asker);
  const { userId } = JSON.parse(self.text) as { userId: string };
  return cast.session(userId);
};
export const node: Maker = (cast, tenant) =>
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
export const apiKey: Maker = async (cast, tenant, asker) => {
  const path = `/api/v1/organizations/${tenant.organization.id}/api-keys`;
  return (await cast.make({ ...tenant, owner: asker }, path, { name: 'key' })).id;
};
export const cluster: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/v1/node-clusters', { name: unique('cluster') })).id;
export const joinToken: Maker = async (cast, tenant) => (await cast.make(tenant, '/api/v1/join-tokens', {})).id;
export const stack: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/app/v1/stack/', { name: unique('stack') })).id;
export const service: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/app/v1/service/', { name: unique('service'), image: 'busybox' })).id;
export const trigger: Maker = async (cast, tenant, asker) => {
  const above = await service(cast, tenant, asker);
  return `${above}/${(await cast.make(tenant, `/api/app/v1/service/${above}/trigger/`, {})).id}`;
};
export const container: Maker = async (cast, tenant) => {
  const made = aContainer({ organizationId: tenant.organization.id, projectId: tenant.project.id });
  await cast.work.platform((tx) => tx.containers.insert([made]));
  return made.id;
};
export const action: Maker = async (cast, tenant, asker) => {
  await stack(cast, tenant, asker);
  const { organization: place, project: within } = tenant;
  const filter = { limit: 1, offset: 0, resourceType: 'stack' as const };
  const { rows } = await cast.work.platformRead((tx) => tx.actions.list(place.id, within.id, filter));
  return rows[0]?.id ?? '';
};

export const repository: Maker = async (cast, tenant) => {
  const name = `${unique('registry')}.example/image`;
  await cast.make(tenant, '/api/repo/v1/repository/', { name, username: 'user', password: 'a secret' });
  return encodeURIComponent(name);
};
/** Stored as it is, because there is none that could be asked. */
export const registry: Maker = async (cast, tenant) => {
  const made = aRegistry({ organizationId: tenant.organization.id, projectId: tenant.project.id });
  await cast.work.platform((tx) => tx.registries.insert(made, null));
  return made.id;
};
/** Stored as it is, because no node is there to keep one. */
export const fileShare: Maker = (cast, { organization, project: within }) =>
  cast.work.platform(async (tx) => {
    const id = newId<string>();
    await tx.fileShares.insert({
      ...{ id, organizationId: organization.id, projectId: within.id, name: unique('share'), nodeId: newId<string>() },
      ...{ sizeBytes: 20 * 1024 ** 3, iopsPerGb: 2, removed: false, state: 'ready', message: null, labels: {} },
      ...{ observed: 'ready', observedMessage: null, madeAt: null, usedBytes: null, totalBytes: null, usedAt: null },
      ...{ createdAt: new Date(), rowVersion: 1 },
    });
    return id;
  });
export const volume: Maker = async (cast, tenant) =>
  (await cast.make(tenant, '/api/v1/volumes', { name: unique('volume') })).id;

let ranges = 0;
/** Of addresses that no other pool has. */
export const nextRange = (): string => `198.18.${(ranges += 1)}.0/30`;

export const publicIpPool: Maker = (cast) =>
  cast.work.platform(async (tx) => {
    const id = newId();
    const [first = '', last = ''] = [nextRange().replace('0/30', '0'), `198.18.${ranges}.3`];
    await tx.publicIpPools.insert({
      id,
      name: unique('pool'),
      first,
      last,
      nodeClusterId: null,
      createdAt: new Date(),
    });
    return id;
  });
export const publicIp: Maker = (cast, { organization, project: within }) =>
  cast.work.platform(async (tx) => {
    const pool = { id: newId(), name: unique('pool'), nodeClusterId: null, createdAt: new Date() };
    const first = nextRange().replace('/30', '');
    await tx.publicIpPools.insert({ ...pool, first, last: first });
    const id = newId();
    const owner = { organizationId: organization.id, projectId: within.id };
    const unbound = { serviceId: null, ordinal: null, containerId: null, allPorts: true };
    await tx.publicIpPools.take({ id, ...owner, ...unbound, createdAt: new Date() }, pool.id, new Date());
    return id;
  });

/** One that a call has not ended yet serves again: every one of them counts as a container of the tenant's quota. */
export const stackService: Maker = async (cast, tenant) => {
  const address = `/v2/stacks/${tenant.project.id}`;
  const living = (text: string) =>
    (JSON.parse(text) as { services: { id: string; status: string }[] }).services.find(
      ({ status }) => status !== 'stopping',
    )?.id;
  const present = living((await cast.call('GET', address, tenant.owner)).text);
  if (present) return present;
  const body = { services: { [unique('service')]: { image: 'busybox' } } };
  const answer = await cast.call('PATCH', address, tenant.owner, body);
  if (answer.status !== 200) throw new Error(`PATCH ${address}: ${answer.status} ${answer.text}`);
  return living(answer.text) ?? '';
};

export const byon: Maker = () => Promise.resolve('byon');
export const byonTwice: Maker = () => Promise.resolve('byon/byon');
export const none: RouteFixture = {};
export const oneOf = (resource: Maker, more: Partial<RouteFixture> = {}): RouteFixture => ({ resource, ...more });
export const stateful = [409] as const;
export const displayName = () => ({ displayName: 'Another name' });
export const description = () => ({ description: unique('Described') });
export const role = () => ({ role: 'developer' });
export const limits = () => ({ limits: { containers: 100 } });
