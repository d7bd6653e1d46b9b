import { linkedEnds, previousEnds } from '#libs/control/discovery/linked-ends.js';
import type { ContainerDetails, LinkedTo } from '../container/container.repository.port.js';
import type { Transaction } from '../unit-of-work/unit-of-work.port.js';
import { linkedTo } from './container-variables.js';
import type { LinkedServiceRecord } from './discovery.repository.port.js';

/**
 * The containers with the ends of their links as they are now: those that run at the other end of what their service's
 * definition links to, which is what load balancers follow. Their variables stay as they were made, and so do the
 * links of what was removed. One read for all of them.
 */
export async function withLiveLinks(
  tx: Transaction,
  projectId: string,
  rows: readonly ContainerDetails[],
): Promise<ContainerDetails[]> {
  const wanted = new Set(rows.flatMap(servicesLinkedTo));
  const services = wanted.size ? await tx.discovery.linked(projectId, [...wanted]) : [];
  const byId = new Map(services.map((service) => [service.id, service]));
  return rows.map((row) => (isLinked(row) ? { ...row, links: linksOf(row, byId) } : row));
}

const isLinked = ({ serviceId, removedAt }: ContainerDetails): boolean => serviceId !== null && removedAt === null;

function servicesLinkedTo(row: ContainerDetails): string[] {
  if (!isLinked(row)) return [];
  const own = row.spec?.sequential && row.serviceId !== null ? [row.serviceId] : [];
  return [...row.serviceLinks.map(({ serviceId }) => serviceId), ...own];
}

function linksOf(row: ContainerDetails, services: ReadonlyMap<string, LinkedServiceRecord>): LinkedTo[] {
  const container = { ordinal: row.ordinal, nodeId: row.nodeId ?? '' };
  const everywhere = row.spec?.placement.strategy === 'every-node';
  const links = row.serviceLinks.flatMap(({ alias, serviceId }) => {
    const target = services.get(serviceId);
    if (!target) return [];
    const nodeByNode = everywhere && target.spec.placement.strategy === 'every-node';
    return linkedEnds(target.containers, container, nodeByNode).map((end) => linkedTo(alias, target, end));
  });
  const own = row.spec?.sequential && row.serviceId !== null ? services.get(row.serviceId) : undefined;
  if (!own) return links;
  return [...links, ...previousEnds(own.containers, container).map((end) => linkedTo(own.name, own, end))];
}
