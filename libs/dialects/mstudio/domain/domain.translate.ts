import type { z } from 'zod';
import type { DomainRecord } from '#libs/core/domain/domain.repository.port.js';
import { matches } from '../wire/page.wire.js';
import type { domainAnswer, DomainListQuery } from './domain.wire.js';

export const toDomain = (domain: DomainRecord): z.infer<typeof domainAnswer> => ({
  domainId: domain.id,
  domain: domain.name,
  projectId: domain.projectId,
  connected: domain.verifiedAt !== null,
  deleted: false,
  hasAuthCode: false,
  handles: { ownerC: { current: {} } },
  nameservers: [],
  usesDefaultNameserver: false,
});

export const selectDomains = (domains: DomainRecord[], query: DomainListQuery): DomainRecord[] =>
  query.contactHash === undefined ? domains.filter(({ name }) => matches(query.domainSearchName, name)) : [];
