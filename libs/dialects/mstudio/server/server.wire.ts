import { z } from 'zod';
import { projectListQuery } from '../project/project.wire.js';

export const serverListQuery = projectListQuery.omit({ serverId: true });
export type ServerListQuery = z.output<typeof serverListQuery>;

export const serverAnswer = z.strictObject({
  /** The customer's: what is called a server here is the customer's share of the platform. */
  id: z.uuid(),
  shortId: z.string(),
  customerId: z.uuid(),
  description: z.string(),
  createdAt: z.iso.datetime(),
  clusterName: z.literal(''),
  groupId: z.literal(''),
  isReady: z.literal(true),
  readiness: z.literal('ready'),
  status: z.literal('ready'),
  /** What the customer's quota allows; without a limit it says so. */
  machineType: z.strictObject({ name: z.literal('quota'), cpu: z.string(), memory: z.string() }),
  storage: z.literal('unlimited'),
});
export type ServerAnswer = z.infer<typeof serverAnswer>;
