/**
 * Names of a project's networks and volumes on an engine. They carry the node too, so that agents which share one
 * engine do not meet.
 */
const short = (id: string) => id.replaceAll('-', '').slice(0, 8);

export const networkName = (nodeId: string, projectId: string) => `pierhead-${short(nodeId)}-${projectId}`;
export const volumeName = (nodeId: string, projectId: string, volume: string) =>
  `pierhead-${short(nodeId)}-${projectId}-${volume}`;
