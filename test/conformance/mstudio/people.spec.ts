import { z } from 'zod';
import {
  customerInviteAnswer,
  customerMemberAnswer,
  projectInviteAnswer,
  projectMemberAnswer,
} from '#libs/dialects/mstudio/member/member.wire.js';
import { customerAnswer, customerNameAnswer, projectListItem } from '#libs/dialects/mstudio/project/project.wire.js';
import { serverAnswer } from '#libs/dialects/mstudio/server/server.wire.js';
import {
  currentSessionAnswer,
  loginAnswer,
  madeTokenAnswer,
  mfaAnswer,
  refreshAnswer,
  sessionAnswer,
  tokenAnswer,
  userAnswer,
} from '#libs/dialects/mstudio/user/user.wire.js';
import { errorBody } from '#libs/dialects/mstudio/wire/error.wire.js';
import { newUser } from '#libs/core/identity/new-records.js';
import { aPlace, MstudioClient, type Place } from './support/client.js';

const password = 'a long password';

describe('users, sessions, tokens and members through the mStudio API', () => {
  let place: Place;
  let client: MstudioClient;
  beforeAll(async () => {
    place = await aPlace('people');
    ({ client } = place);
  });
  afterAll(() => place.cloud.close());

  const anybody = () => new MstudioClient(place.cloud, '');
  const bearing = (token: string) => new MstudioClient(place.cloud, token);
  const refused = async (method: string, path: string, body?: unknown, by = client) => {
    const answer = await by.call(method, path, body);
    return { status: answer.status, ...errorBody.parse(JSON.parse(answer.text)) };
  };
  const login = (word = password) =>
    anybody().take(loginAnswer, 'POST', '/v2/authenticate', { email: 'people-owner', password: word });
  /** A user of the platform who is nowhere a member. */
  const aUser = async (name: string) => {
    const user = newUser({ name, displayName: 'Some Body', email: `${name}@example.org` }, new Date());
    await place.cloud.plane.work.platform((tx) => tx.identity.users.insert(user));
    return user;
  };

  it('logs in, refreshes once, lists and ends sessions', async () => {
    const first = await login();
    expect(Date.parse(first.expires)).toBeGreaterThan(Date.now());
    const me = bearing(first.token);
    const current = await me.take(currentSessionAnswer, 'GET', '/v2/users/self/sessions/current/status');
    const second = await login();
    const listed = await me.take(z.array(sessionAnswer), 'GET', '/v2/users/self/sessions');
    expect(listed.map(({ tokenId }) => tokenId)).toContain(current.tokenId);
    expect(await me.take(sessionAnswer, 'GET', `/v2/users/self/sessions/${current.tokenId}`)).toMatchObject({
      location: { ipAddress: '127.0.0.1' },
    });
    const again = { refreshToken: second.refreshToken };
    const refreshed = await anybody().take(refreshAnswer, 'PUT', '/v2/users/self/sessions', again);
    await bearing(refreshed.token).take(userAnswer, 'GET', '/v2/users/self');
    expect(await refused('PUT', '/v2/users/self/sessions', again, anybody())).toMatchObject({ status: 401 });
    await me.done('DELETE', '/v2/users/self/sessions');
    expect(await me.take(z.array(sessionAnswer), 'GET', '/v2/users/self/sessions')).toHaveLength(1);
    const third = await login();
    const ending = await bearing(third.token).take(
      currentSessionAnswer,
      'GET',
      '/v2/users/self/sessions/current/status',
    );
    await me.done('DELETE', `/v2/users/self/sessions/${ending.tokenId}`);
    expect(await refused('GET', '/v2/users/self', undefined, bearing(third.token))).toMatchObject({ status: 401 });
    await me.done('PUT', '/v2/logout');
    expect(await refused('GET', '/v2/users/self', undefined, me)).toMatchObject({ status: 401 });
  });

  it.each([
    ['a wrong password', '/v2/authenticate', { email: 'people-owner', password: 'guessed' }, 401],
    ['an unknown user', '/v2/authenticate', { email: 'nobody@example.org', password }, 401],
    ['no password', '/v2/authenticate', { email: 'people-owner' }, 400],
    ['cookies', '/v2/authenticate?cookieOnly=true', { email: 'people-owner', password }, 400],
  ])('lets nobody in with %s', async (_what, path, body, status) => {
    expect(await refused('POST', path, body, anybody())).toMatchObject({ status });
  });

  it('shows and changes the own name and password', async () => {
    const self = await client.take(userAnswer, 'GET', '/v2/users/self');
    const { organizationId, projectId } = place.tenant;
    expect(self.customerMemberships[organizationId]).toMatchObject({ role: 'owner' });
    expect(self.projectMemberships[projectId]).toMatchObject({ role: 'owner', inherited: true });
    expect(await client.take(mfaAnswer, 'GET', '/v2/users/self/credentials/mfa')).toMatchObject({ confirmed: false });
    await client.done('PUT', '/v2/users/self/personal-information', {
      person: { firstName: 'Ada', lastName: 'King Lovelace' },
    });
    expect((await client.take(userAnswer, 'GET', '/v2/users/self')).person).toEqual({
      firstName: 'Ada',
      lastName: 'King Lovelace',
    });
    const address = '/v2/users/self/credentials/password';
    expect(await refused('PUT', address, { oldPassword: 'no', newPassword: 'another long one' })).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.oldPassword' }],
    });
    const before = await login();
    const changed = { oldPassword: password, newPassword: 'another long one' };
    const tokens = await client.take(loginAnswer, 'PUT', address, changed);
    await bearing(tokens.token).take(userAnswer, 'GET', '/v2/users/self');
    expect(await refused('GET', '/v2/users/self', undefined, bearing(before.token))).toMatchObject({ status: 401 });
    await client.take(loginAnswer, 'PUT', address, { oldPassword: 'another long one', newPassword: password });
  });

  it('makes API tokens that may as much as they say', async () => {
    const address = '/v2/users/self/api-tokens';
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const wish = { description: 'reader', roles: ['api_read'], expiresAt };
    const made = await client.call('POST', address, wish);
    expect(made.status).toBe(201);
    const { token } = madeTokenAnswer.parse(JSON.parse(made.text));
    const reader = bearing(token);
    const all = await reader.take(z.array(tokenAnswer), 'GET', address);
    const mine = all.find(({ description }) => description === 'reader');
    expect(mine).toMatchObject({ roles: ['api_read'], expiresAt });
    expect(JSON.stringify(all)).not.toContain(token);
    const one = `${address}/${mine?.apiTokenId}`;
    expect(
      await refused('PATCH', `/v2/projects/${place.tenant.projectId}`, { description: 'x' }, reader),
    ).toMatchObject({ status: 403 });
    expect(await refused('PUT', one, { description: 'longer' }, reader)).toMatchObject({ status: 403 });
    await client.done('PUT', one, { description: 'renamed' });
    expect(await client.take(tokenAnswer, 'GET', one)).toMatchObject({ description: 'renamed', expiresAt });
    expect(
      await refused('PUT', one, { description: 'x', expiresAt: new Date(Date.now() - 1000).toISOString() }),
    ).toMatchObject({ status: 400, validationErrors: [{ path: '.expiresAt' }] });
    await client.done('DELETE', one);
    expect(await refused('GET', one)).toMatchObject({ status: 404, message: 'No such API token.' });
    expect(await refused('GET', address, undefined, reader)).toMatchObject({ status: 401 });
    expect(await refused('POST', address, { description: 'none', roles: [] })).toMatchObject({ status: 400 });
  });

  it('hides others’ tokens and sessions, also from an owner', async () => {
    const somebody = await aUser('hidden');
    await client.call('POST', `/v2/customers/${place.tenant.organizationId}/invites`, {
      mailAddress: 'hidden@example.org',
      role: 'member',
    });
    const { id } = await place.cloud.plane.work.platform(async (tx) => {
      const session = {
        id: '7fe7ec85-58be-4904-81da-de2219098d7c',
        userId: somebody.id,
        refreshHash: Buffer.alloc(32, 1),
        previousRefreshHash: null,
        expiresAt: new Date(Date.now() + 3_600_000),
        revokedAt: null,
        ip: null,
        createdAt: new Date(),
      };
      await tx.identity.sessions.insert(session);
      return session;
    });
    for (const method of ['GET', 'DELETE']) {
      expect(await refused(method, `/v2/users/self/sessions/${id}`)).toMatchObject({ status: 404 });
    }
  });

  it('has members of customers, with roles that are changed and taken away', async () => {
    const { organizationId } = place.tenant;
    await aUser('clerk');
    const invited = await client.take(
      customerInviteAnswer,
      'POST',
      `/v2/customers/${organizationId}/invites`,
      { mailAddress: 'clerk@example.org', role: 'accountant' },
      201,
    );
    const address = `/v2/customer-memberships/${invited.id}`;
    expect(await client.take(customerMemberAnswer, 'GET', address)).toMatchObject({
      role: 'accountant',
      email: 'clerk@example.org',
      firstName: 'Some',
      lastName: 'Body',
      customerId: organizationId,
    });
    await client.done('PATCH', address, { role: 'member' });
    const listed = await client.take(
      z.array(customerMemberAnswer),
      'GET',
      `/v2/customers/${organizationId}/memberships?role=member&searchTerm=clerk`,
    );
    expect(listed.map(({ id }) => id)).toEqual([invited.id]);
    expect(await refused('PATCH', address, { role: 'notset' })).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.role' }],
    });
    const ends = { role: 'member', expiresAt: new Date().toISOString() };
    expect(await refused('PATCH', address, ends)).toMatchObject({ validationErrors: [{ path: '.expiresAt' }] });
    await client.done('DELETE', address);
    expect(await refused('GET', address)).toMatchObject({ status: 404 });
    const own = await client.take(z.array(customerMemberAnswer), 'GET', '/v2/customer-memberships');
    expect(own).toMatchObject([{ role: 'owner', customerId: organizationId }]);
    expect(await refused('DELETE', `/v2/customer-memberships/${own[0]?.id}`)).toMatchObject({ status: 409 });
    expect((await client.call('GET', `/v2/customers/${organizationId}/invites`)).text).toBe('[]');
    const nobody = { mailAddress: 'nobody@example.org', role: 'member' };
    expect(await refused('POST', `/v2/customers/${organizationId}/invites`, nobody)).toMatchObject({ status: 404 });
  });

  it('writes back a shown role without changing the one behind it', async () => {
    const { organizationId } = place.tenant;
    const user = await aUser('second');
    await place.cloud.plane.work.platform((tx) =>
      tx.identity.organizations.setMember(organizationId, user.id, 'admin'),
    );
    const [member] = await client.take(
      z.array(customerMemberAnswer),
      'GET',
      `/v2/customers/${organizationId}/memberships?searchTerm=second`,
    );
    expect(member?.role).toBe('owner');
    await client.done('PATCH', `/v2/customer-memberships/${member?.id}`, { role: 'owner' });
    const role = await place.cloud.plane.work.platformRead((tx) =>
      tx.identity.organizations.member(organizationId, user.id),
    );
    expect(role).toBe('admin');
  });

  it('has members of projects, own ones and inherited ones', async () => {
    const { projectId } = place.tenant;
    await aUser('helper');
    const invited = await client.take(
      projectInviteAnswer,
      'POST',
      `/v2/projects/${projectId}/invites`,
      { mailAddress: 'helper@example.org', role: 'external' },
      201,
    );
    const address = `/v2/project-memberships/${invited.id}`;
    expect(await client.take(projectMemberAnswer, 'GET', address)).toMatchObject({
      role: 'external',
      inherited: false,
    });
    await client.done('PATCH', address, { role: 'notset' });
    const list = (query: string) =>
      client.take(z.array(projectMemberAnswer), 'GET', `/v2/projects/${projectId}/memberships${query}`);
    expect(await list('?isInherited=false')).toMatchObject([{ id: invited.id, role: 'notset' }]);
    const self = await client.take(projectMemberAnswer, 'GET', `/v2/projects/${projectId}/memberships/self`);
    expect(self).toMatchObject({ role: 'owner', inherited: true });
    expect((await list('?isInherited=true')).map(({ id }) => id)).toContain(self.id);
    expect(await client.take(z.array(projectMemberAnswer), 'GET', '/v2/project-memberships')).toEqual([self]);
    expect(await refused('GET', `/v2/project-memberships/${self.id}`)).toMatchObject({ status: 404 });
    expect(await refused('PATCH', address, { role: 'emailadmin' })).toMatchObject({
      status: 400,
      validationErrors: [{ path: '.role' }],
    });
    await client.done('DELETE', address);
    expect(await list('?isInherited=false')).toEqual([]);
  });

  it('shows the customer’s share of the platform as its server', async () => {
    const { organizationId, projectId } = place.tenant;
    await place.cloud.plane.work.platform((tx) =>
      tx.quotas.setLimit(organizationId, null, 'memoryBytes', 8 * 1024 ** 3),
    );
    const server = await client.take(serverAnswer, 'GET', `/v2/servers/${organizationId}`);
    expect(server.machineType).toEqual({ name: 'quota', cpu: 'unlimited', memory: '8gb' });
    expect(await client.take(z.array(serverAnswer), 'GET', '/v2/servers')).toEqual([server]);
    expect(await client.take(z.array(serverAnswer), 'GET', '/v2/servers?searchTerm=nothing')).toEqual([]);
    for (const path of [`/v2/projects?serverId=${server.id}`, `/v2/customers/${organizationId}/projects`]) {
      const projects = await client.take(z.array(projectListItem), 'GET', path);
      expect(projects).toMatchObject([{ id: projectId, serverId: server.id }]);
    }
    const renamed = await client.take(customerNameAnswer, 'PUT', `/v2/customers/${organizationId}`, {
      customerId: organizationId,
      name: 'People & Co',
    });
    expect(renamed.name).toBe('People & Co');
    const listed = await client.take(z.array(customerAnswer), 'GET', '/v2/customers?role=owner');
    expect(listed).toMatchObject([{ name: 'People & Co', executingUserRoles: ['owner'] }]);
    expect(await client.take(z.array(customerAnswer), 'GET', '/v2/customers?role=accountant')).toEqual([]);
    expect(
      await refused('PUT', `/v2/customers/${organizationId}`, { customerId: organizationId, name: 'x', vatId: 'DE1' }),
    ).toMatchObject({ status: 400, validationErrors: [{ path: '.vatId' }] });
  });
});
