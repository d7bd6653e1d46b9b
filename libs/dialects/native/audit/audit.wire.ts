import { z } from 'zod';
import type { ActionRecord, ActionResource } from '#libs/core/action/action.repository.port.js';
import type { AuditFilter, AuditPage } from '#libs/core/identity/audit.service.js';
import { actionStates } from '#libs/domain/action/state.js';

const resourceTypes = [
  'stack',
  'service',
  'container',
  'volume',
  'backup-target',
  'backup-schedule',
  'backup',
  'trigger',
  'registry',
  'node',
  'node-cluster',
  'organization',
  'project',
  'member',
  'user',
  'api-key',
  'session',
  'join-token',
  'quota',
] as const satisfies ActionResource[];

export const auditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(64).nullable().default(null),
  verb: z.string().max(64).optional(),
  user: z.string().max(64).optional(),
  resourceType: z.enum(resourceTypes).optional(),
  resourceId: z.uuid().optional(),
  state: z.enum(actionStates).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});

export const toAuditFilter = (query: z.output<typeof auditQuery>): AuditFilter => ({
  ...(query.verb === undefined ? {} : { verb: query.verb }),
  ...(query.user === undefined ? {} : { userName: query.user }),
  ...(query.resourceType === undefined ? {} : { resourceType: query.resourceType }),
  ...(query.resourceId === undefined ? {} : { resourceId: query.resourceId, includeRelated: true }),
  ...(query.state === undefined ? {} : { states: [query.state] }),
  ...(query.from === undefined ? {} : { startedFrom: new Date(query.from) }),
  ...(query.to === undefined ? {} : { startedTo: new Date(query.to) }),
});

export const actionAnswer = z.object({
  id: z.uuid(),
  verb: z.string(),
  resource: z.object({ type: z.string(), id: z.uuid().nullable(), name: z.string().nullable() }),
  organizationId: z.uuid().nullable(),
  projectId: z.uuid().nullable(),
  user: z.object({ id: z.uuid().nullable(), name: z.string().nullable() }),
  apiKeyId: z.uuid().nullable(),
  origin: z.enum(['user', 'system']),
  state: z.enum(actionStates),
  message: z.string().nullable(),
  method: z.string().nullable(),
  path: z.string().nullable(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
});
export const auditAnswer = z.object({
  items: z.array(actionAnswer),
  /** To be given as `cursor` for the next page; null at the end. */
  next: z.string().nullable(),
});

export const toAction = (action: ActionRecord): z.infer<typeof actionAnswer> => ({
  id: action.id,
  verb: action.verb,
  resource: { type: action.resourceType, id: action.resourceId, name: action.resourceName },
  organizationId: action.organizationId,
  projectId: action.projectId,
  user: { id: action.userId, name: action.userName },
  apiKeyId: action.apiKeyId,
  origin: action.origin,
  state: action.state,
  message: action.message,
  method: action.method,
  path: action.path,
  ip: action.ip,
  userAgent: action.userAgent,
  startedAt: action.startedAt.toISOString(),
  endedAt: action.endedAt?.toISOString() ?? null,
});

export const toAudit = (page: AuditPage): z.infer<typeof auditAnswer> => ({
  items: page.rows.map(toAction),
  next: page.next,
});
