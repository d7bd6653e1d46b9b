import { invalid } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { ActionFilter, ActionRecord } from '../action/action.repository.port.js';
import { authorize } from '../authorization/authorize.js';
import { reachOrganization } from '../tenancy/reach-organization.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork } from '../unit-of-work/unit-of-work.port.js';

export type AuditFilter = Omit<ActionFilter, 'limit' | 'offset' | 'after' | 'ids'>;

export interface AuditPage {
  rows: ActionRecord[];
  /** Where the next page begins; null at the end. */
  next: string | null;
}

/** Who did what, newest first, in pages that do not shift while new actions arrive. */
export class AuditService {
  constructor(private readonly work: UnitOfWork) {}

  async ofOrganization(
    context: RequestContext,
    organization: string,
    filter: AuditFilter,
    limit: number,
    cursor: string | null,
  ): Promise<AuditPage> {
    authorize(context, 'organization-audit', 'read');
    const { id } = await reachOrganization(this.work, context, organization);
    return this.work.tenantRead({ organizationId: id }, (tx) =>
      pageOf(limit, cursor, (page) => tx.actions.list(id, null, { ...filter, ...page })),
    );
  }

  ofProject(context: RequestContext, filter: AuditFilter, limit: number, cursor: string | null): Promise<AuditPage> {
    authorize(context, 'audit', 'read');
    return this.work.tenantRead(context, (tx) =>
      pageOf(limit, cursor, (page) =>
        tx.actions.list(context.organizationId, context.projectId, { ...filter, ...page }),
      ),
    );
  }

  /** What is nobody's: logins, users, signing keys, the shared pool. */
  ofPlatform(context: RequestContext, filter: AuditFilter, limit: number, cursor: string | null): Promise<AuditPage> {
    authorize(context, 'platform-audit', 'read');
    return this.work.platformRead((tx) =>
      pageOf(limit, cursor, (page) => tx.actions.list(null, null, { ...filter, ...page })),
    );
  }
}

type KeysetPage = Pick<ActionFilter, 'limit' | 'offset' | 'after'>;

async function pageOf(
  limit: number,
  cursor: string | null,
  read: (page: KeysetPage) => Promise<{ rows: ActionRecord[] }>,
): Promise<AuditPage> {
  const after = cursor === null ? {} : { after: parse(cursor) };
  const { rows } = await read({ limit: limit + 1, offset: 0, ...after });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? `${last.startedAt.getTime()}.${last.id}` : null };
}

function parse(cursor: string): { startedAt: Date; id: string } {
  const [at = '', id = ''] = cursor.split('.');
  if (!/^\d{1,15}$/.test(at) || !isId(id)) throw invalid('cursor', 'cursor: give what the page before said.');
  return { startedAt: new Date(Number(at)), id };
}
