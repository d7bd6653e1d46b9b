/** A volume’s name on a node’s engine. It carries the node too, so that agents which share one engine do not meet. */
export const engineVolumeName = (nodeId: string, volumeId: string): string =>
  `pierhead-${nodeId.replaceAll('-', '').slice(0, 8)}-${volumeId}`;
