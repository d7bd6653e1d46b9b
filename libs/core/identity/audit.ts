import { newId } from '#libs/platform/id.js';
import { userAction, type ActionSubject } from '../action/action-log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { hasTenant } from '../tenancy/context-for.js';
import type { RequestContext } from '../tenancy/request-context.js';

/** Where a record of the audit trail belongs; what is of the platform belongs to nobody. */
export interface AuditPlace {
  organizationId: string | null;
  projectId: string | null;
}

/** The record of a call that ended at once; of the caller's organization unless another place is given. */
export function auditAction(
  context: RequestContext,
  verb: string,
  subject: ActionSubject,
  now: Date,
  place?: AuditPlace,
): ActionRecord {
  const own = { organizationId: hasTenant(context) ? context.organizationId : null, projectId: null };
  return { ...userAction(context, verb, subject, now), ...(place ?? own) };
}

/** What happened without a user: a node joined. */
export function userlessAction(
  organizationId: string | null,
  verb: string,
  subject: ActionSubject,
  now: Date,
): ActionRecord {
  return {
    id: newId(),
    organizationId,
    projectId: null,
    userId: null,
    userName: null,
    apiKeyId: null,
    verb,
    resourceType: subject.resourceType,
    resourceId: subject.resourceId,
    resourceName: subject.resourceName,
    stackId: null,
    serviceId: null,
    origin: 'system',
    state: 'success',
    message: null,
    expectation: null,
    method: null,
    path: null,
    ip: null,
    userAgent: null,
    retryOf: null,
    startedAt: now,
    deadlineAt: null,
    endedAt: now,
  };
}
