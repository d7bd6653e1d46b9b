/** Name of a project's network on an engine. It carries the node too, so that agents which share one engine do not meet. */
const short = (id: string) => id.replaceAll('-', '').slice(0, 8);

export const networkName = (nodeId: string, projectId: string) => `pierhead-${short(nodeId)}-${projectId}`;
/** The number is part of it: a project that gets another range gets another network beside the old one. */
export const overlayNetworkName = (nodeId: string, projectId: string, vni: number) =>
  `${networkName(nodeId, projectId)}-${vni}`;
