import { z } from 'zod';
import { flag } from '../wire/flag.wire.js';
import { pageQuery } from '../wire/page.wire.js';

export const customerRoles = ['notset', 'owner', 'member', 'accountant'] as const;
export type CustomerRole = (typeof customerRoles)[number];
export const projectRoles = ['notset', 'owner', 'emailadmin', 'external'] as const;
export type ProjectWireRole = (typeof projectRoles)[number];

const searched = { searchTerm: z.string().optional(), hasExpiry: flag.optional() };
export const customerMemberQuery = pageQuery.extend({ ...searched, role: z.enum(customerRoles).optional() });
export type CustomerMemberQuery = z.output<typeof customerMemberQuery>;
export const projectMemberQuery = pageQuery.extend({
  ...searched,
  role: z.enum(projectRoles).optional(),
  isInherited: flag.optional(),
  hasMfa: flag.optional(),
});
export type ProjectMemberQuery = z.output<typeof projectMemberQuery>;

const ends = z.iso.datetime({ offset: true }).nullish();
export const customerMemberWire = z.object({ role: z.enum(customerRoles), expiresAt: ends });
export type CustomerMemberWire = z.output<typeof customerMemberWire>;
export const projectMemberWire = z.object({ role: z.enum(projectRoles), expiresAt: ends });
export type ProjectMemberWire = z.output<typeof projectMemberWire>;

const invited = { mailAddress: z.string().min(1).max(254), membershipExpiresAt: ends, message: z.string().optional() };
export const customerInviteWire = z.object({ ...invited, role: z.enum(customerRoles) });
export type CustomerInviteWire = z.output<typeof customerInviteWire>;
export const projectInviteWire = z.object({ ...invited, role: z.enum(projectRoles) });
export type ProjectInviteWire = z.output<typeof projectInviteWire>;

const member = {
  id: z.uuid(),
  userId: z.uuid(),
  /** The user's name where there is no address. */
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  memberSince: z.iso.datetime(),
  mfa: z.literal(false),
};
export const customerMemberAnswer = z.strictObject({
  ...member,
  customerId: z.uuid(),
  role: z.enum(customerRoles),
});
export const projectMemberAnswer = z.strictObject({
  ...member,
  projectId: z.uuid(),
  inherited: z.boolean(),
  role: z.enum(projectRoles),
});

const invite = {
  id: z.uuid(),
  mailAddress: z.string(),
  accepted: z.literal(true),
  information: z.strictObject({ invitedBy: z.uuid() }),
};
export const customerInviteAnswer = z.strictObject({
  ...invite,
  customerId: z.uuid(),
  customerName: z.string(),
  role: z.enum(customerRoles),
});
export const projectInviteAnswer = z.strictObject({
  ...invite,
  projectId: z.uuid(),
  projectDescription: z.string(),
  role: z.enum(projectRoles),
});
