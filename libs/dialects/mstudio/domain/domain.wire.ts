import { z } from 'zod';
import { longPageQuery } from '../wire/page.wire.js';

export const domainListQuery = longPageQuery.extend({
  projectId: z.string().optional(),
  domainSearchName: z.string().optional(),
  contactHash: z.string().optional(),
});
export type DomainListQuery = z.output<typeof domainListQuery>;

export const domainAnswer = z.strictObject({
  domainId: z.uuid(),
  domain: z.string(),
  projectId: z.uuid(),
  /** It was proven to be the customer's. */
  connected: z.boolean(),
  deleted: z.literal(false),
  hasAuthCode: z.literal(false),
  /** Domains are not registered here, so nothing is known of who they are registered for. */
  handles: z.strictObject({ ownerC: z.strictObject({ current: z.strictObject({}) }) }),
  nameservers: z.array(z.string()).length(0),
  usesDefaultNameserver: z.literal(false),
});
