import { randomBytes } from 'node:crypto';
import type { EventVerb } from '#libs/domain/event/event.js';
import { newId } from '#libs/platform/id.js';
import type { NewEvent } from '../event/event-log.port.js';
import type { RequestContext } from '../tenancy/request-context.js';
import type { DomainRecord } from './domain.repository.port.js';

export const newDomain = (
  { organizationId, projectId }: Pick<RequestContext, 'organizationId' | 'projectId'>,
  name: string,
  now: Date,
): DomainRecord => ({
  id: newId(),
  organizationId,
  projectId,
  name,
  token: randomBytes(20).toString('hex'),
  granted: false,
  verifiedAt: null,
  verifiedBy: null,
  checkedAt: null,
  problem: null,
  createdAt: now,
  rowVersion: 1,
});

/** Where the owner of a domain shows that it is theirs: one of the two is enough. */
export const proofsOf = ({ name, token }: Pick<DomainRecord, 'name' | 'token'>) => ({
  dns: { name: `_pierhead.${name}`, text: `pierhead-verification=${token}` },
  http: { path: `/.well-known/pierhead/${token}`, text: token },
});

export const domainEvent = (domain: DomainRecord, verb: EventVerb): NewEvent => ({
  organizationId: domain.organizationId,
  projectId: domain.projectId,
  type: 'domain',
  verb,
  resourceId: domain.id,
  state: domain.verifiedAt ? 'verified' : 'pending',
  parents: [],
});
