/** A living container of a service that is linked to, as the deciders see it. */
export interface LinkEnd {
  id: string;
  ordinal: number;
  nodeId: string | null;
  /** Null until it is known. */
  address: string | null;
  createdAt: Date;
}

export interface LinkingContainer {
  ordinal: number;
  nodeId: string;
}

/**
 * The containers of the linked service that a container is linked to: the newest of every slot that has an address.
 * Two services with one container on every node meet node by node. Source: guides/apps-service-links.
 */
export function linkedEnds<E extends LinkEnd>(
  ends: readonly E[],
  container: LinkingContainer,
  everyNodeToEveryNode: boolean,
): (E & { address: string })[] {
  const here = everyNodeToEveryNode ? ends.filter((end) => end.nodeId === container.nodeId) : ends;
  return newestOfSlots(here);
}

/** Where containers of a service start one after another, each is linked to those before it. Source: guides/apps-service-scaling. */
export const previousEnds = <E extends LinkEnd>(
  ends: readonly E[],
  container: LinkingContainer,
): (E & { address: string })[] => newestOfSlots(ends.filter((end) => end.ordinal < container.ordinal));

function newestOfSlots<E extends LinkEnd>(ends: readonly E[]): (E & { address: string })[] {
  const slots = new Map<number, E & { address: string }>();
  for (const end of ends) {
    const { address } = end;
    if (address === null || address === '') continue;
    const known = slots.get(end.ordinal);
    if (!known || known.createdAt < end.createdAt) slots.set(end.ordinal, { ...end, address });
  }
  return [...slots.values()].sort((a, b) => a.ordinal - b.ordinal);
}
