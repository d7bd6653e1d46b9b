import { placeShare } from '#libs/control/storage/place-share.js';
import { namePattern } from '#libs/domain/container/template.js';
import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import type { IopsPerGigabyte } from '#libs/domain/file-share/flavour.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { userAction } from '../action/action-log.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { WakeUps } from '../agent/agent-directory.port.js';
import { authorize } from '../authorization/authorize.js';
import type { ProjectRecord } from '../identity/project.repository.port.js';
import type { Page, PageWish } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { fileShareEvent } from './file-share.event.js';
import type { FileShareDetails, FileShareRecord } from './file-share.repository.port.js';
import { FileShareSettings } from './file-share.settings.js';

export interface NewFileShare {
  name: string;
  /** One of the offered sizes. */
  sizeBytes: number;
  iopsPerGb: IopsPerGigabyte;
  labels?: Record<string, string>;
}

export interface FileShareChanges {
  labels?: Record<string, string> | undefined;
  /** Projects of the organization, by id or namespace, that may put volumes on it from now on. */
  addProjects?: string[] | undefined;
  removeProjects?: string[] | undefined;
}

/** File systems of a given size on nodes with the storage role, which hold volumes that move with their containers. */
export class FileShareCommands {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly wakeUps: WakeUps,
    private readonly settings: FileShareSettings,
  ) {}

  /** In bytes, smallest first. */
  sizes(context: RequestContext): readonly number[] {
    authorize(context, 'file-share', 'read');
    return this.settings.sizes;
  }

  /** The project’s own and those of others that it may use. */
  list(context: RequestContext, page: PageWish): Promise<Page<FileShareDetails>> {
    authorize(context, 'file-share', 'read');
    return this.work.tenantRead(context, (tx) => tx.fileShares.details(context.projectId, page));
  }

  async get(context: RequestContext, nameOrId: string): Promise<FileShareDetails> {
    authorize(context, 'file-share', 'read');
    const { rows } = await this.work.tenantRead(context, (tx) =>
      tx.fileShares.details(context.projectId, { nameOrId, limit: 1, offset: 0 }),
    );
    const [share] = rows;
    if (!share) throw notFound('file share');
    return share;
  }

  /**
   * Puts it on a node, which makes it; the action ends when it is ready. Errors: `invalid` (name, size), `conflict`,
   * `quota`, `unplaceable` when no node with the storage role has room for it.
   */
  async create(
    context: RequestContext,
    wish: NewFileShare,
  ): Promise<{ share: FileShareDetails; action: ActionRecord }> {
    authorize(context, 'file-share', 'create');
    this.check(wish);
    const { organizationId, projectId } = context;
    const now = this.clock.now();
    // How much room nodes have left is the platform’s to know.
    const made = await this.work.platform(async (tx) => {
      await tx.quotas.take(organizationId, projectId, { fileShares: 1, fileShareBytes: wish.sizeBytes });
      const place = placeShare(wish.sizeBytes, await tx.fileShares.storageNodes(organizationId));
      if ('sentence' in place) throw new DomainError('unplaceable', place.sentence);
      const share = newFileShare(context, wish, place.nodeId, now);
      await tx.fileShares.insert(share);
      return { share, action: await note(tx, context, 'create', share, now, 'pending') };
    });
    this.wakeUps.wakeNode(made.share.nodeId);
    return { share: await this.get(context, made.share.id), action: made.action };
  }

  /**
   * Errors: `not-found`; `state` for one of another project, or while volumes of a project that is to lose it stand on
   * it; `invalid` for a project that the organization does not have.
   */
  async update(context: RequestContext, nameOrId: string, changes: FileShareChanges): Promise<FileShareDetails> {
    authorize(context, 'file-share', 'update');
    await this.work.tenant(context, async (tx) => {
      const share = await own(tx, context, nameOrId);
      const { addProjects = [], removeProjects = [], labels } = changes;
      if (labels) share.labels = labels;
      const lost = await projectsOf(tx, context, 'removeProjects', removeProjects);
      const gained = await projectsOf(tx, context, 'addProjects', addProjects);
      for (const project of lost) await requireUnused(tx, share, project);
      await tx.fileShares.disallow(
        share.id,
        lost.map(({ id }) => id),
      );
      await tx.fileShares.allow(
        share,
        gained.map(({ id }) => id).filter((id) => id !== share.projectId),
      );
      await tx.fileShares.update(share);
      await note(tx, context, 'update', share, this.clock.now());
    });
    return this.get(context, nameOrId);
  }

  /** Its node removes it with what is on it. Errors: `not-found`; `state` while volumes stand on it, naming them. */
  async delete(context: RequestContext, nameOrId: string): Promise<ActionRecord> {
    authorize(context, 'file-share', 'delete');
    const { share, action } = await this.work.tenant(context, async (tx) => {
      const held = await own(tx, context, nameOrId);
      if (held.removed) throw new DomainError('state', `File share "${held.name}" is being deleted already.`);
      await requireUnused(tx, held, null);
      held.removed = true;
      held.state = 'deleting';
      held.message = null;
      await tx.fileShares.update(held);
      await tx.quotas.take(held.organizationId, held.projectId, { fileShares: -1, fileShareBytes: -held.sizeBytes });
      await tx.outbox.add([`file-share:${held.id}`]);
      return { share: held, action: await note(tx, context, 'delete', held, this.clock.now(), 'pending') };
    });
    this.wakeUps.wakeNode(share.nodeId);
    return action;
  }

  private check({ name, sizeBytes }: NewFileShare): void {
    if (!namePattern.test(name)) {
      const rule = 'has 1 to 63 letters, digits, ".", "_" or "-" and starts with a letter or digit';
      throw invalid('name', `A file share’s name ${rule}.`);
    }
    if (this.settings.sizes.includes(sizeBytes)) return;
    throw invalid('sizeBytes', `sizeBytes: there are file shares of ${this.settings.sizes.join(', ')} bytes.`);
  }
}

async function projectsOf(
  tx: Transaction,
  { organizationId }: RequestContext,
  field: string,
  wanted: readonly string[],
): Promise<ProjectRecord[]> {
  const found: ProjectRecord[] = [];
  for (const each of new Set(wanted)) {
    const project = await tx.identity.projects.get(each);
    if (project?.organizationId !== organizationId) {
      throw invalid(field, `${field}: the organization has no project "${each}".`);
    }
    found.push(project);
  }
  return found;
}

async function own(tx: Transaction, context: RequestContext, nameOrId: string): Promise<FileShareRecord> {
  const share = await tx.fileShares.lock(context.projectId, nameOrId);
  if (!share) throw notFound('file share');
  if (share.projectId === context.projectId) return share;
  throw new DomainError('state', `File share "${share.name}" is another project’s; change it there.`);
}

async function requireUnused(
  tx: Transaction,
  share: FileShareRecord,
  project: { id: string; namespace: string } | null,
): Promise<void> {
  const targets = await tx.fileShares.backupTargetsOn(share.id, project?.id ?? null);
  if (targets.length) {
    const kept = targets.map(({ name }) => `"${name}"`).join(', ');
    throw new DomainError('state', `File share "${share.name}" has the backup targets ${kept}; delete those first.`);
  }
  const volumes = await tx.fileShares.volumesOn(share.id, project?.id ?? null);
  if (!volumes.length) return;
  const names = volumes.map(({ name }) => `"${name}"`).join(', ');
  const whose = project ? ` of project "${project.namespace}"` : '';
  throw new DomainError(
    'state',
    `On file share "${share.name}" stand the volumes ${names}${whose}; delete those first.`,
  );
}

const newFileShare = (
  { organizationId, projectId }: RequestContext,
  { name, sizeBytes, iopsPerGb, labels = {} }: NewFileShare,
  nodeId: string,
  now: Date,
): FileShareRecord => ({
  ...{ id: newId(), organizationId, projectId, name, sizeBytes, iopsPerGb, nodeId, removed: false },
  ...{ state: 'creating', message: null, observed: 'pending', observedMessage: null, madeAt: null },
  ...{ usedBytes: null, totalBytes: null, usedAt: null, labels, createdAt: now, rowVersion: 1 },
});

async function note(
  tx: Transaction,
  context: RequestContext,
  verb: 'create' | 'update' | 'delete',
  share: FileShareRecord,
  now: Date,
  state: 'pending' | 'success' = 'success',
): Promise<ActionRecord> {
  const subject = { resourceType: 'file-share' as const, resourceId: share.id, resourceName: share.name };
  const action = userAction(context, verb, subject, now, state);
  await tx.actions.insert(action);
  // A share is gone when its node says so, which is told then.
  await tx.events.append([fileShareEvent(share, verb === 'create' ? 'create' : 'update')]);
  return action;
}
