import { eventTypes, type EventType, type EventVerb } from '#libs/domain/event/event.js';
import type { NewEvent } from '../event/event-log.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { ActionRecord } from './action.repository.port.js';

const isEventType = (type: string): type is EventType => (eventTypes as readonly string[]).includes(type);

/** The parent of an action is what it is about. Source: dockercloud-events, parent-child hierarchy. */
export function actionEvent(action: ActionRecord, verb: EventVerb): NewEvent {
  const { resourceType: type, resourceId: id } = action;
  return {
    organizationId: action.organizationId,
    projectId: action.projectId,
    type: 'action',
    verb,
    resourceId: action.id,
    state: action.state,
    parents: id !== null && isEventType(type) ? [{ type, id }] : [],
  };
}

/** Writes an action down and tells its watchers. */
export async function recordAction(tx: Transaction, action: ActionRecord): Promise<void> {
  await tx.actions.insert(action);
  await tx.events.append([actionEvent(action, 'create')]);
}
