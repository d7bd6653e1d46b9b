import { assertStatus } from '@mittwald/api-client';
import { newUser } from '#libs/core/identity/new-records.js';
import { aPlace, type Place } from './support/client.js';
import { contract } from './support/contract.js';
import { vendorClient, type VendorClient } from './support/vendor.js';

const password = 'a long password';

describe('the published mStudio client, with users, customers and projects', () => {
  let place: Place;
  let vendor: VendorClient;
  let client: VendorClient['client'];
  let customerId: string;
  beforeAll(async () => {
    place = await aPlace('vendor-people');
    vendor = vendorClient(place.cloud.url, place.tenant.apiKey);
    client = vendor.client;
    customerId = place.tenant.organizationId;
    const users = ['ada', 'grace'].map((name) =>
      newUser({ name, displayName: 'Some Body', email: `${name}@example.org` }, new Date()),
    );
    await place.cloud.plane.work.platform(async (tx) => {
      for (const user of users) await tx.identity.users.insert(user);
      const owner = await tx.identity.users.get('vendor-people-owner');
      if (owner) await tx.identity.users.update({ ...owner, email: 'owner@example.org' });
    });
  });
  afterAll(() => place.cloud.close());

  it('logs in, looks at itself and its sessions, and out', async () => {
    const login = async () => {
      const answer = await client.user.authenticate({ data: { email: 'owner@example.org', password } });
      assertStatus(answer, 200);
      return answer.data;
    };
    const [first, second] = [await login(), await login()];
    const refreshed = await client.user.refreshSession({ data: { refreshToken: second.refreshToken } });
    assertStatus(refreshed, 200);
    const own = vendor.as(first.token).user;
    const status = await own.getCurrentSessionStatus();
    assertStatus(status, 200);
    const listed = await own.listSessions({ queryParameters: { limit: 10 } });
    assertStatus(listed, 200);
    expect(listed.data.map(({ tokenId }) => tokenId)).toContain(status.data.tokenId);
    const shown = await own.getSession({ tokenId: status.data.tokenId });
    assertStatus(shown, 200);
    const other = listed.data.find(({ tokenId }) => tokenId !== status.data.tokenId);
    assertStatus(await own.terminateSession({ tokenId: other?.tokenId ?? '' }), 204);
    assertStatus(await own.terminateAllSessions(), 204);
    assertStatus(await own.logout(), 204);
    expect((await own.getUser({ userId: 'self' })).status).toBe(401);
  });

  it('shows and changes its user', async () => {
    assertStatus(
      await client.user.updateAccount({ data: { person: { firstName: 'Ada', lastName: 'Lovelace' } } }),
      204,
    );
    const self = await client.user.getUser({ userId: 'self' });
    assertStatus(self, 200);
    expect(self.data.person).toMatchObject({ firstName: 'Ada', lastName: 'Lovelace' });
    const person = { firstName: 'Ada', lastName: 'King', title: 'ms' } as const;
    assertStatus(await client.user.updatePersonalInformation({ userId: 'self', data: { person } }), 204);
    const mfa = await client.user.getMfaStatus();
    assertStatus(mfa, 200);
    const email = await client.user.getOwnEmail();
    assertStatus(email, 200);
    expect(email.data.email).toBe('owner@example.org');
    const changed = await client.user.changePassword({
      data: { oldPassword: password, newPassword: 'another long one' },
    });
    assertStatus(changed, 200);
  });

  it('keeps API tokens', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await client.user.createApiToken({ data: { description: 'ci', roles: ['api_read'], expiresAt } });
    assertStatus(made, 201);
    const listed = await vendor.as(made.data.token).user.listApiTokens();
    assertStatus(listed, 200);
    const apiTokenId = listed.data.find(({ description }) => description === 'ci')?.apiTokenId ?? '';
    assertStatus(await client.user.editApiToken({ apiTokenId, data: { description: 'CI' } }), 204);
    const shown = await client.user.getApiToken({ apiTokenId });
    assertStatus(shown, 200);
    expect(shown.data).toMatchObject({ description: 'CI', expiresAt, roles: ['api_read'] });
    assertStatus(await client.user.deleteApiToken({ apiTokenId }), 204);
  });

  it('sees its customer and server, and has members there', async () => {
    const customers = await client.customer.listCustomers({ queryParameters: { search: 'vendor' } });
    assertStatus(customers, 200);
    expect(customers.data.map((each) => each.customerId)).toEqual([customerId]);
    assertStatus(await client.customer.getCustomer({ customerId }), 200);
    const renamed = await client.customer.updateCustomer({ customerId, data: { customerId, name: 'Vendor & Co' } });
    assertStatus(renamed, 200);
    const servers = await client.project.listServers({ queryParameters: { customerId, sort: 'description' } });
    assertStatus(servers, 200);
    assertStatus(await client.project.getServer({ serverId: servers.data[0]?.id ?? '' }), 200);
    const invited = await client.customer.createCustomerInvite({
      customerId,
      data: { mailAddress: 'ada@example.org', role: 'member' },
    });
    assertStatus(invited, 201);
    const customerMembershipId = invited.data.id;
    const member = await client.customer.getCustomerMembership({ customerMembershipId });
    assertStatus(member, 200);
    const listed = await client.customer.listMembershipsForCustomer({
      customerId,
      queryParameters: { role: 'member' },
    });
    assertStatus(listed, 200);
    expect(listed.data).toEqual([member.data]);
    const accountant = { customerMembershipId, data: { role: 'accountant' } } as const;
    assertStatus(await client.customer.updateCustomerMembership(accountant), 204);
    assertStatus(await client.customer.deleteCustomerMembership({ customerMembershipId }), 204);
    assertStatus(await client.customer.listCustomerMemberships(), 200);
    assertStatus(await client.customer.listInvitesForCustomer({ customerId }), 200);
    assertStatus(await client.customer.listCustomerInvites(), 200);
  });

  it('makes, changes and deletes a project with a member', async () => {
    const made = await client.project.createProject({ serverId: customerId, data: { description: 'Shop' } });
    assertStatus(made, 201);
    const projectId = made.data.id;
    assertStatus(await client.project.updateProject({ projectId, data: { description: 'Our shop' } }), 204);
    const shown = await client.project.getProject({ projectId });
    assertStatus(shown, 200);
    expect(shown.data).toMatchObject({ description: 'Our shop', supportedFeatures: ['container'] });
    const found = await client.project.listProjects({
      queryParameters: { customerId, serverId: customerId, searchTerm: 'our', sort: 'createdAt', order: 'desc' },
    });
    assertStatus(found, 200);
    expect(found.data.map(({ id }) => id)).toEqual([projectId]);
    const all = await client.project.listCustomerProjects({ customerId });
    assertStatus(all, 200);
    expect(all.data).toHaveLength(2);
    const invited = await client.project.createProjectInvite({
      projectId,
      data: { mailAddress: 'grace@example.org', role: 'external' },
    });
    assertStatus(invited, 201);
    const projectMembershipId = invited.data.id;
    const member = await client.project.getProjectMembership({ projectMembershipId });
    assertStatus(member, 200);
    const own = await client.project.listMembershipsForProject({ projectId, queryParameters: { isInherited: false } });
    assertStatus(own, 200);
    expect(own.data).toEqual([member.data]);
    const reader = { projectMembershipId, data: { role: 'notset' } } as const;
    assertStatus(await client.project.updateProjectMembership(reader), 204);
    assertStatus(await client.project.deleteProjectMembership({ projectMembershipId }), 204);
    assertStatus(await client.project.getSelfMembershipForProject({ projectId }), 200);
    assertStatus(await client.project.listProjectMemberships(), 200);
    assertStatus(await client.project.listInvitesForProject({ projectId }), 200);
    assertStatus(await client.project.listProjectInvites(), 200);
    assertStatus(await client.project.deleteProject({ projectId }), 204);
  });

  it('has called every operation that it knows', () => {
    expect(vendor.uncalled(contract.people)).toEqual([]);
  });
});
