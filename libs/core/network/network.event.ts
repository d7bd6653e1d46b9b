import type { NewEvent } from '../event/event-log.port.js';

/** Says to followers of the project's network that something changed there which no container's event tells. */
export const networkEvent = ({
  organizationId,
  projectId,
}: {
  organizationId: string;
  projectId: string;
}): NewEvent => ({
  organizationId,
  projectId,
  type: 'network',
  verb: 'update',
  resourceId: projectId,
  state: 'changed',
  parents: [],
});
