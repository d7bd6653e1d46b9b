import type { FileShareRecord } from './file-share.repository.port.js';

/** Its node is a parent, by which that node’s gateway learns of it. */
export const fileShareEvent = (
  { organizationId, projectId, id, nodeId, state }: FileShareRecord,
  verb: 'create' | 'update' | 'delete',
) => ({
  organizationId,
  projectId,
  type: 'file-share' as const,
  verb,
  resourceId: id,
  state: verb === 'delete' ? 'removed' : state,
  parents: [{ type: 'node' as const, id: nodeId }],
});
