import { z } from 'zod';
import { longPageQuery, pageQuery } from '../wire/page.wire.js';

const description = z.string().trim().min(1).max(200);
export const newProjectWire = z.object({ description });
export const projectUpdateWire = z.object({ description: description.optional() }).default({});

export const projectListQuery = longPageQuery.extend({
  customerId: z.string().optional(),
  serverId: z.string().optional(),
  searchTerm: z.string().optional(),
  sort: z.enum(['createdAt', 'description']).default('createdAt'),
  order: z.enum(['asc', 'desc']).default('asc'),
});
export type ProjectListQuery = z.output<typeof projectListQuery>;

const shown = {
  id: z.uuid(),
  shortId: z.string(),
  customerId: z.uuid(),
  description: z.string(),
  createdAt: z.iso.datetime(),
  enabled: z.literal(true),
  isReady: z.literal(true),
  readiness: z.literal('ready'),
  status: z.literal('ready'),
  statusSetAt: z.iso.datetime(),
  supportedFeatures: z.array(z.literal('container')),
  serverGroupId: z.literal(''),
  /** The customer's, whose share of the platform stands for a server. */
  serverId: z.uuid(),
  /** There is no web storage and there are no backups. */
  webStorageUsageInBytes: z.literal(0),
  webStorageUsageInBytesSetAt: z.iso.datetime(),
  backupStorageUsageInBytes: z.literal(0),
  backupStorageUsageInBytesSetAt: z.iso.datetime(),
  deletionRequested: z.literal(false),
};

export const projectAnswer = z.strictObject({ ...shown, directories: z.record(z.string(), z.string()) });
export const madeProjectAnswer = z.strictObject({ id: z.uuid() });
export const projectListItem = z.strictObject({ ...shown, customerMeta: z.strictObject({ id: z.uuid() }) });

export const customerListQuery = pageQuery.extend({ search: z.string().optional(), role: z.string().optional() });
export type CustomerListQuery = z.output<typeof customerListQuery>;

export const customerAnswer = z.strictObject({
  customerId: z.uuid(),
  customerNumber: z.string(),
  name: z.string(),
  creationDate: z.iso.datetime(),
  memberCount: z.int(),
  projectCount: z.int(),
  executingUserRoles: z.array(z.enum(['owner', 'member', 'accountant'])),
});

export const customerUpdateWire = z.object({
  /** That of the address. */
  customerId: z.string().optional(),
  name: z.string().trim().min(1).max(80),
  owner: z.unknown().optional(),
  vatId: z.string().optional(),
});
export type CustomerUpdateWire = z.output<typeof customerUpdateWire>;
export const customerNameAnswer = z.strictObject({
  customerId: z.uuid(),
  customerNumber: z.string(),
  name: z.string(),
});
