import type { OrganizationRecord } from '#libs/core/identity/organization.repository.port.js';
import type { QuotaLine } from '#libs/core/quota/quota.repository.port.js';
import type { QuotaResource } from '#libs/domain/quota/quota.js';
import { writeCpus, writeMemory } from '../service/notation.translate.js';
import { matches } from '../wire/page.wire.js';
import type { ServerAnswer, ServerListQuery } from './server.wire.js';

const unlimited = 'unlimited';

export function toServer(organization: OrganizationRecord, lines: QuotaLine[]): ServerAnswer {
  const limitOf = (resource: QuotaResource, write: (limit: number) => string): string => {
    const limit = lines.find((line) => line.resource === resource)?.limit ?? null;
    return limit === null ? unlimited : write(limit);
  };
  return {
    id: organization.id,
    shortId: organization.name,
    customerId: organization.id,
    description: organization.displayName,
    createdAt: organization.createdAt.toISOString(),
    clusterName: '',
    groupId: '',
    isReady: true,
    readiness: 'ready',
    status: 'ready',
    machineType: { name: 'quota', cpu: limitOf('milliCpu', writeCpus), memory: limitOf('memoryBytes', writeMemory) },
    storage: unlimited,
  };
}

export function selectServers(servers: ServerAnswer[], query: ServerListQuery): ServerAnswer[] {
  const found = servers.filter(
    (server) =>
      (query.customerId === undefined || server.customerId === query.customerId) &&
      matches(query.searchTerm, server.id, server.shortId, server.description),
  );
  const by = query.order === 'asc' ? 1 : -1;
  return found.sort((a, b) =>
    query.sort === 'createdAt'
      ? by * a.createdAt.localeCompare(b.createdAt)
      : by * a.description.localeCompare(b.description),
  );
}
