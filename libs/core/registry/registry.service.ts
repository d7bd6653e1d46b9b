import { notFound } from '#libs/domain/error.js';
import type { RepositoryName } from '#libs/domain/registry/repository-name.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import type { ActionRecord } from '../action/action.repository.port.js';
import { authorize } from '../authorization/authorize.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import type { RegistryFilter, RegistryRecord } from './registry.repository.port.js';
import {
  checkCredentials,
  checkName,
  noteRegistry,
  requireRoom,
  withUse,
  type RegistryCredentials,
  type RegistryDetails,
} from './registry.rules.js';
import { RegistryVault } from './registry.vault.js';

/** What is left out stays; a new password alone is the same user's. Both null: public from now on. */
export type CredentialChanges = Partial<RegistryCredentials>;

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
      await requireRoom(tx, context.projectId);
      const registry: RegistryRecord = {
        id: newId(),
        organizationId: context.organizationId,
        projectId: context.projectId,
        host: name.host,
        repository: name.path,
        username: credentials.username,
        description: null,
        accepted: null,
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
        const changed = { ...registry, username, accepted: null };
        if (!(await tx.registries.update(changed, this.sealed(credentials, registry.id)))) throw notFound('repository');
        return this.noted(tx, context, 'update', changed);
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
    const action = await noteRegistry(tx, context, verb, record, this.clock.now());
    return { registry: await detailed(tx, record), action };
  }
}

async function reach(tx: Transaction, context: RequestContext, name: RepositoryName): Promise<RegistryRecord> {
  const registry = await tx.registries.get(context.projectId, name.host, name.path);
  if (!registry) throw notFound('repository');
  return registry;
}

const detailed = async (tx: Transaction, record: RegistryRecord): Promise<RegistryDetails> =>
  (await withUse(tx, record.projectId, [record]))[0] ?? { ...record, inUse: false };
