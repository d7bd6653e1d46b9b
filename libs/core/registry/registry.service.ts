import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { repositoryOf, repositoryText, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { userAction } from '../action/action-log.js';
import { authorize } from '../authorization/authorize.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { RegistryFilter, RegistryRecord } from './registry.repository.port.js';
import { RegistryVault } from './registry.vault.js';

/** Both null: the repository is public. */
export interface RegistryCredentials {
  username: string | null;
  password: string | null;
}

/** What is left out stays; a new password alone is the same user's. Both null: public from now on. */
export type CredentialChanges = Partial<RegistryCredentials>;

export interface RegistryDetails extends RegistryRecord {
  /** A living service or container of the project has an image from there. */
  inUse: boolean;
}

const mostPerProject = 200;
const pathPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const hostPattern = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/;

/**
 * A project's credentials of foreign registries. Nodes get them with the containers that need them; nobody else ever
 * does. Whether a registry takes them shows when an image is pulled.
 */
export class RegistryService {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly vault: RegistryVault,
  ) {}

  /** Errors: `invalid`, `conflict`, `quota`. */
  async create(
    context: RequestContext,
    name: RepositoryName,
    credentials: RegistryCredentials,
  ): Promise<{ registry: RegistryDetails; action: ActionRecord }> {
    authorize(context, 'registry', 'create');
    checkName(name);
    checkCredentials(credentials);
    return this.work.tenant(context, async (tx) => {
      const { total } = await tx.registries.list(context.projectId, { limit: 1, offset: 0 });
      if (total >= mostPerProject) {
        throw new DomainError(
          'quota',
          `This project has ${total} repositories of other registries; no more are taken.`,
        );
      }
      const registry: RegistryRecord = {
        id: newId(),
        organizationId: context.organizationId,
        projectId: context.projectId,
        host: name.host,
        repository: name.path,
        username: credentials.username,
        createdAt: this.clock.now(),
      };
      await tx.registries.insert(registry, this.sealed(credentials, registry.id));
      return this.noted(tx, context, 'create', registry);
    });
  }

  async list(context: RequestContext, filter: RegistryFilter): Promise<Page<RegistryDetails>> {
    authorize(context, 'registry', 'read');
    return this.work.tenantRead(context, async (tx) => {
      const { rows, total } = await tx.registries.list(context.projectId, filter);
      return { rows: await withUse(tx, context.projectId, rows), total };
    });
  }

  /** Hosts that the project has an entry of. */
  async hosts(context: RequestContext): Promise<string[]> {
    authorize(context, 'registry', 'read');
    return this.work.tenantRead(context, (tx) => tx.registries.hosts(context.projectId));
  }

  async get(context: RequestContext, name: RepositoryName): Promise<RegistryDetails> {
    authorize(context, 'registry', 'read');
    return this.work.tenantRead(context, async (tx) => detailed(tx, await reach(tx, context, name)));
  }

  /** Containers made from now on are pulled with the new credentials. */
  async update(
    context: RequestContext,
    name: RepositoryName,
    changes: CredentialChanges,
  ): Promise<{ registry: RegistryDetails; action: ActionRecord }> {
    authorize(context, 'registry', 'update');
    return this.work.tenant(context, async (tx) => {
      const registry = await reach(tx, context, name);
      const { username = registry.username, password } = changes;
      if (password !== undefined || username !== registry.username) {
        const credentials = { username, password: password ?? null };
        checkCredentials(credentials);
        const kept = await tx.registries.update(registry.id, username, this.sealed(credentials, registry.id));
        if (!kept) throw notFound('repository');
        registry.username = username;
      }
      return this.noted(tx, context, 'update', registry);
    });
  }

  async delete(
    context: RequestContext,
    name: RepositoryName,
  ): Promise<{ registry: RegistryDetails; action: ActionRecord }> {
    authorize(context, 'registry', 'delete');
    return this.work.tenant(context, async (tx) => {
      const registry = await reach(tx, context, name);
      await tx.registries.delete(registry.id);
      return this.noted(tx, context, 'delete', registry);
    });
  }

  private sealed({ password }: RegistryCredentials, id: string): Buffer | null {
    return password === null ? null : this.vault.seal(password, id);
  }

  private async noted(tx: Transaction, context: RequestContext, verb: string, record: RegistryRecord) {
    const resourceName = repositoryText({ host: record.host, path: record.repository });
    const subject = { resourceType: 'registry' as const, resourceId: record.id, resourceName };
    const action = userAction(context, verb, subject, this.clock.now());
    await tx.actions.insert(action);
    return { registry: await detailed(tx, record), action };
  }
}

async function reach(tx: Transaction, context: RequestContext, name: RepositoryName): Promise<RegistryRecord> {
  const registry = await tx.registries.get(context.projectId, name.host, name.path);
  if (!registry) throw notFound('repository');
  return registry;
}

async function withUse(tx: Transaction, projectId: string, rows: RegistryRecord[]): Promise<RegistryDetails[]> {
  if (rows.length === 0) return [];
  const used = (await tx.registries.imagesInUse(projectId)).map(repositoryOf);
  const uses = ({ host, repository }: RegistryRecord) =>
    used.some((name) => name.host === host && (repository === '' || name.path === repository));
  return rows.map((row) => ({ ...row, inUse: uses(row) }));
}

const detailed = async (tx: Transaction, record: RegistryRecord): Promise<RegistryDetails> =>
  (await withUse(tx, record.projectId, [record]))[0] ?? { ...record, inUse: false };

function checkName({ host, path }: RepositoryName): void {
  if (!hostPattern.test(host)) throw invalid('name', `name: "${host}" is not the name of a host.`);
  if (path.length > 255 || (path !== '' && !pathPattern.test(path))) {
    throw invalid('name', 'name: a repository is named host/path in lower case, without a tag.');
  }
}

function checkCredentials({ username, password }: RegistryCredentials): void {
  if ((username === null) !== (password === null)) {
    throw invalid(username === null ? 'username' : 'password', 'username: a user and a password belong together.');
  }
  // A colon would end the user's name on its way to the registry.
  if (username !== null && !/^[^\p{Cc}:]{1,256}$/u.test(username)) {
    throw invalid('username', 'username: 1 to 256 characters without ":".');
  }
  if (password !== null && !/^[^\p{Cc}]{1,16384}$/u.test(password)) {
    throw invalid('password', 'password: 1 to 16384 characters that can be printed.');
  }
}
