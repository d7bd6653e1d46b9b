import type { ActionState } from '#libs/domain/action/state.js';
import { newId } from '#libs/platform/id.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { ActionRecord, ActionResource, ContainerExpectation } from './action.repository.port.js';

/** An action whose work takes longer than this is ended as failed by the reaper. */
export const defaultDeadlineMs = 30 * 60_000;

export interface ActionSubject {
  resourceType: ActionResource;
  resourceId: string | null;
  resourceName: string | null;
  stackId?: string | null;
  serviceId?: string | null;
}

/** The record of what a user just asked for; ended at once unless `state` says that work follows. */
export function userAction(
  context: RequestContext,
  verb: string,
  subject: ActionSubject,
  now: Date,
  state: ActionState = 'success',
  expectation: ContainerExpectation[] | null = null,
): ActionRecord {
  const open = state === 'pending' || state === 'in-progress';
  return {
    id: newId(),
    organizationId: context.organizationId,
    projectId: context.projectId,
    userId: context.userId,
    userName: context.userName,
    apiKeyId: context.apiKeyId,
    verb,
    resourceType: subject.resourceType,
    resourceId: subject.resourceId,
    resourceName: subject.resourceName,
    stackId: subject.stackId ?? null,
    serviceId: subject.serviceId ?? null,
    origin: 'user',
    state,
    message: null,
    expectation,
    method: context.request.method,
    path: context.request.path,
    ip: context.request.ip,
    userAgent: context.request.userAgent,
    retryOf: null,
    startedAt: now,
    deadlineAt: open ? new Date(now.getTime() + defaultDeadlineMs) : null,
    endedAt: open ? null : now,
  };
}
