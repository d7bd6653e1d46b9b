import { randomBytes } from 'node:crypto';
import type { ApiKeyRecord } from '#libs/core/identity/api-key.repository.port.js';
import type { UserRecord } from '#libs/core/identity/user.repository.port.js';
import { newId } from '#libs/platform/id.js';
import { aNode, aService, aStack, aTenant, unique, type Tenant } from './records.js';
import { openStore, type TestStore } from './store.js';

let store: TestStore;
let tenant: Tenant;
beforeAll(async () => {
  store = await openStore();
});
beforeEach(async () => {
  tenant = await aTenant(store);
});
afterAll(() => store.close());

type Work<T> = Parameters<typeof store.work.platform<T>>[0];
const platform = <T>(work: Work<T>) => store.work.platform(work);
const asTenant = <T>(work: Work<T>) => store.work.tenant(tenant, work);

const aUser = (given: Partial<UserRecord> = {}): UserRecord => ({
  id: newId(),
  name: unique('user'),
  email: null,
  displayName: 'A user',
  passwordHash: 'hash',
  isOperator: false,
  disabledAt: null,
  createdAt: new Date(),
  rowVersion: 1,
  ...given,
});
const stored = async (given: Partial<UserRecord> = {}) => {
  const user = aUser(given);
  await platform((tx) => tx.identity.users.insert(user));
  return user;
};
const aKey = (userId: string, given: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
  id: newId(),
  organizationId: tenant.organizationId,
  projectId: null,
  userId,
  serviceId: null,
  secretSealed: null,
  name: 'key',
  prefix: 'ph_abc',
  secretHash: randomBytes(32),
  access: 'write',
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  createdAt: new Date(),
  ...given,
});

describe('users', () => {
  it('are found by id, name and email, and keep name and email for themselves', async () => {
    const user = await stored({ email: `${unique('mail')}@example.org` });
    for (const reference of [user.id, user.name, user.email ?? '']) {
      expect(await platform((tx) => tx.identity.users.get(reference))).toEqual(user);
    }
    expect(await platform((tx) => tx.identity.users.get('nobody'))).toBeNull();
    await expect(stored({ name: user.name })).rejects.toMatchObject({ code: 'conflict', detail: { field: 'name' } });
    await expect(stored({ email: user.email })).rejects.toMatchObject({ code: 'conflict', detail: { field: 'email' } });
  });

  it('are changed under their version', async () => {
    const user = await stored();
    const change = () => platform((tx) => tx.identity.users.update({ ...user, displayName: 'Another' }));
    expect(await change()).toBe(2);
    await expect(change()).rejects.toMatchObject({ code: 'stale' });
  });

  it('come with all that authorization needs, in one read', async () => {
    const [user, other] = [await stored({ isOperator: true }), await aTenant(store)];
    await platform(async (tx) => {
      await tx.identity.organizations.setMember(tenant.organizationId, user.id, 'developer');
      await tx.identity.organizations.setMember(tenant.organizationId, user.id, 'admin');
      await tx.identity.projects.setMember(other.organizationId, other.projectId, user.id, 'project-auditor');
    });
    const principal = await platform((tx) => tx.identity.users.principal(user.id));
    expect(principal).toMatchObject({
      user: { id: user.id, name: user.name, isOperator: true, disabledAt: null },
      memberships: [{ organizationId: tenant.organizationId, role: 'admin' }],
      projectMemberships: [
        { organizationId: other.organizationId, projectId: other.projectId, role: 'project-auditor' },
      ],
    });
    expect(principal?.projects.map((project) => project.id)).toEqual([tenant.projectId, other.projectId]);
    expect(await platform((tx) => tx.identity.users.principal(newId()))).toBeNull();
  });
});

describe('organizations and projects', () => {
  it('show a tenant its members without their passwords', async () => {
    const [owner, guest] = [await stored(), await stored()];
    await platform(async (tx) => {
      await tx.identity.organizations.setMember(tenant.organizationId, owner.id, 'owner');
      await tx.identity.projects.setMember(tenant.organizationId, tenant.projectId, guest.id, 'project-developer');
    });
    const members = await asTenant((tx) => tx.identity.organizations.members(tenant.organizationId, 10, 0));
    expect(members).toEqual({
      rows: [
        { id: expect.any(String), user: { ...owner, passwordHash: null }, role: 'owner', since: expect.any(Date) },
      ],
      total: 1,
    });
    const guests = await asTenant((tx) => tx.identity.projects.members(tenant.projectId, 10, 0));
    expect(guests.rows.map((row) => [row.user.id, row.role])).toEqual([[guest.id, 'project-developer']]);
    const other = await aTenant(store);
    const seen = await store.work.tenantRead(other, (tx) =>
      tx.identity.organizations.members(tenant.organizationId, 10, 0),
    );
    expect(seen).toEqual({ rows: [], total: 0 });
    const [member] = members.rows;
    const byId = (id: string, place: typeof tenant) =>
      store.work.tenantRead(place, (tx) => tx.identity.organizations.memberById(tenant.organizationId, id));
    expect(await byId(member?.id ?? '', tenant)).toEqual(member);
    expect(await byId(member?.id ?? '', other)).toBeNull();
    await platform((tx) => tx.identity.organizations.setMember(tenant.organizationId, owner.id, 'admin'));
    expect(await byId(member?.id ?? '', tenant)).toMatchObject({ role: 'admin' });
    await platform((tx) => tx.identity.organizations.setMember(tenant.organizationId, owner.id, 'owner'));
    expect(await platform((tx) => tx.identity.organizations.lockOwners(tenant.organizationId))).toEqual([owner.id]);
    expect(await platform((tx) => tx.identity.organizations.removeMember(tenant.organizationId, owner.id))).toBe(true);
    expect(await platform((tx) => tx.identity.organizations.removeMember(tenant.organizationId, owner.id))).toBe(false);
  });

  it('keep their names for themselves and change under their version', async () => {
    const [organization, project] = await platform(async (tx) => [
      await tx.identity.organizations.get(tenant.organizationId),
      await tx.identity.projects.get(tenant.projectId),
    ]);
    if (!organization || !project) throw new Error('They were made above.');
    expect(await platform((tx) => tx.identity.projects.get(project.namespace))).toEqual(project);
    const again = platform((tx) => tx.identity.organizations.insert({ ...organization, id: newId() }));
    await expect(again).rejects.toMatchObject({ code: 'conflict', detail: { field: 'name' } });
    const twin = { ...project, id: newId() };
    await expect(asTenant((tx) => tx.identity.projects.insert(twin))).rejects.toMatchObject({ code: 'conflict' });
    const taken = { ...twin, name: unique('project') };
    await expect(asTenant((tx) => tx.identity.projects.insert(taken))).rejects.toMatchObject({
      code: 'conflict',
      detail: { field: 'namespace' },
    });
    expect(await platform((tx) => tx.identity.organizations.update(organization))).toBe(2);
    await expect(platform((tx) => tx.identity.organizations.update(organization))).rejects.toMatchObject({
      code: 'stale',
    });
    expect(await asTenant((tx) => tx.identity.projects.update(project))).toBe(2);
    await expect(asTenant((tx) => tx.identity.projects.update(project))).rejects.toMatchObject({ code: 'stale' });
  });

  it('go when nothing lives in them, and take their records with them', async () => {
    const user = await stored();
    const [stack, node] = [aStack(tenant), await aNode(store, tenant.organizationId)];
    const service = aService(tenant, { stackId: stack.id });
    const remove = () =>
      platform(async (tx) => {
        await tx.identity.projects.delete(tenant.projectId);
        await tx.identity.organizations.delete(tenant.organizationId);
      });
    await platform(async (tx) => {
      await tx.identity.organizations.setMember(tenant.organizationId, user.id, 'owner');
      await tx.identity.apiKeys.insert(aKey(user.id, { projectId: tenant.projectId }));
      await tx.quotas.setLimit(tenant.organizationId, tenant.projectId, 'stacks', 5);
      await tx.quotas.take(tenant.organizationId, tenant.projectId, { stacks: 1 });
      await tx.stacks.insert(stack);
      await tx.services.insert(service);
      await tx.services.insertRevision(service.id, tenant.organizationId, 1, service.spec);
    });
    await expect(remove()).rejects.toMatchObject({ code: 'conflict' });
    await platform(async (tx) => {
      await tx.services.update({ ...service, destroyedAt: new Date() });
      await tx.stacks.update({ ...stack, destroyedAt: new Date() });
    });
    await expect(remove()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('node') });
    await store.sql('UPDATE node SET removed_at = now() WHERE id = $1', [node]);
    await remove();
    expect(await store.sql('SELECT FROM organization WHERE id = $1', [tenant.organizationId])).toEqual([]);
    expect(await platform((tx) => tx.identity.users.get(user.id))).toEqual(user);
  });
});

describe('credentials', () => {
  it('of users are found by their hash, listed to their organization and revoked once', async () => {
    const user = await stored();
    const [older, newer] = [aKey(user.id, { createdAt: new Date(0) }), aKey(user.id)];
    await asTenant(async (tx) => {
      await tx.identity.apiKeys.insert(older);
      await tx.identity.apiKeys.insert(newer);
      expect(await tx.identity.apiKeys.list(tenant.organizationId, user.id, 10, 0)).toEqual({
        rows: [newer, older],
        total: 2,
      });
    });
    expect(await platform((tx) => tx.identity.apiKeys.byHash(older.secretHash))).toEqual(older);
    expect(await platform((tx) => tx.identity.apiKeys.byHash(randomBytes(32)))).toBeNull();
    const revoke = () => asTenant((tx) => tx.identity.apiKeys.revoke(older.id, new Date()));
    const revocations = await Promise.all([revoke(), revoke()]);
    expect(revocations.filter(Boolean)).toHaveLength(1);
    const other = await aTenant(store);
    expect(await store.work.tenant(other, (tx) => tx.identity.apiKeys.revoke(newer.id, new Date()))).toBe(false);
    expect(await store.work.tenantRead(other, (tx) => tx.identity.apiKeys.get(newer.id))).toBeNull();
  });

  it('of sessions rotate once; a reused one is recognised', async () => {
    const user = await stored();
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const session = {
      id: newId(),
      userId: user.id,
      refreshHash: first,
      previousRefreshHash: null,
      expiresAt: new Date(Date.now() + 60_000),
      revokedAt: null,
      ip: '127.0.0.1',
      createdAt: new Date(),
    };
    await platform((tx) => tx.identity.sessions.insert(session));
    const rotate = (to: Buffer) =>
      platform((tx) => tx.identity.sessions.rotate(session.id, first, to, session.expiresAt));
    const rotations = await Promise.all([rotate(second), rotate(randomBytes(32))]);
    expect(rotations.filter(Boolean)).toHaveLength(1);
    const found = await platform((tx) => tx.identity.sessions.byRefresh(first));
    expect(found).toMatchObject({ reused: true, session: { id: session.id } });
    expect(await platform((tx) => tx.identity.sessions.revokeAllOf(user.id, new Date()))).toBe(1);
    expect(await platform((tx) => tx.identity.sessions.revoke(session.id, new Date()))).toBe(false);
  });

  it('of nodes are redeemed by one of several at once', async () => {
    const token = (given: object = {}) => ({
      id: newId(),
      organizationId: tenant.organizationId,
      nodeClusterId: null,
      secretHash: randomBytes(32),
      tags: ['ssd'],
      expiresAt: new Date(Date.now() + 60_000),
      usedAt: null,
      usedByNodeId: null,
      revokedAt: null,
      createdBy: null,
      createdAt: new Date(),
      ...given,
    });
    const joining = () => ({
      id: newId(),
      name: unique('node'),
      address: '10.0.0.1',
      certificateSerial: newId(),
      certificateExpiresAt: new Date(Date.now() + 60_000),
    });
    const redeem = (id: string) => platform((tx) => tx.identity.joinTokens.redeem(id, joining(), new Date()));
    const [good, expired, revoked] = [token(), token({ expiresAt: new Date(0) }), token()];
    await platform(async (tx) => {
      for (const one of [good, expired, revoked]) await tx.identity.joinTokens.insert(one);
      expect(await tx.identity.joinTokens.revoke(revoked.id, new Date())).toBe(true);
    });
    const redemptions = await Promise.all(Array.from({ length: 4 }, () => redeem(good.id)));
    expect(redemptions.filter(Boolean)).toHaveLength(1);
    expect([await redeem(expired.id), await redeem(revoked.id), await redeem(good.id)]).toEqual([false, false, false]);
    const nodes = await store.sql('SELECT state, tags FROM node WHERE organization_id = $1', [tenant.organizationId]);
    expect(nodes).toEqual([{ state: 'joining', tags: ['ssd'] }]);
    expect(await platform((tx) => tx.identity.joinTokens.revoke(good.id, new Date()))).toBe(false);
  });

  it('of the platform are made by one of several processes at once', async () => {
    const make = () =>
      platform((tx) =>
        tx.identity.keys.insertCertificateAuthority({
          id: newId(),
          certificatePem: 'pem',
          privateKeyEncrypted: randomBytes(8),
        }),
      );
    const made = await Promise.all([make(), make(), make()]);
    expect(made.filter(Boolean)).toHaveLength(1);
    await platform(async (tx) => {
      const key = {
        kid: unique('kid'),
        algorithm: 'RS256',
        publicJwk: { kty: 'RSA' },
        privateKeyEncrypted: randomBytes(8),
      };
      await tx.identity.keys.insertSigningKey(key);
      expect(await tx.identity.keys.signingKeys()).toMatchObject([{ ...key, retiredAt: null }]);
      expect(await tx.identity.keys.retireSigningKey(key.kid, new Date())).toBe(true);
      expect(await tx.identity.keys.retireSigningKey(key.kid, new Date())).toBe(false);
    });
  });
});
