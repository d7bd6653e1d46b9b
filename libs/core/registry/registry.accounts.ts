import { DomainError, invalid, notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import { canonicalHost, dockerHub, type RepositoryName } from '#libs/domain/registry/repository-name.js';
import { Clock } from '#libs/platform/clock.js';
import { newId } from '#libs/platform/id.js';
import { authorize } from '../authorization/authorize.js';
import type { Page } from '../tenancy/page.js';
import type { RequestContext } from '../tenancy/request-context.js';
import { UnitOfWork, type Transaction } from '../unit-of-work/unit-of-work.port.js';
import { RegistryProber, type PlainCredentials } from './registry-prober.port.js';
import type { RegistryFilter, RegistryRecord, SealedRegistry } from './registry.repository.port.js';
import { checkCredentials, checkName, noteRegistry, requireRoom } from './registry.rules.js';
import { RegistryVault } from './registry.vault.js';

export interface RegistryWish {
  /** `registry.example`, with a port or without, or `registry.example/path` for one repository of it. */
  uri: string;
  description: string;
  credentials: PlainCredentials | null;
}

/** What is left out stays. */
export type RegistryChanges = { [K in keyof RegistryWish]?: RegistryWish[K] | undefined };

export type UriVerdict = { valid: true } | { valid: false; reason: string };

/**
 * A project's registries by their ids, each asked before it is stored: an address that is none is refused; credentials
 * that it does not take are kept and shown as refused. The registry is asked outside of any transaction.
 */
export class RegistryAccounts {
  constructor(
    private readonly work: UnitOfWork,
    private readonly clock: Clock,
    private readonly vault: RegistryVault,
    private readonly prober: RegistryProber,
  ) {}

  async list(context: RequestContext, filter: RegistryFilter): Promise<Page<RegistryRecord>> {
    authorize(context, 'registry', 'read');
    return this.work.tenantRead(context, (tx) => tx.registries.list(context.projectId, filter));
  }

  async get(context: RequestContext, id: string): Promise<RegistryRecord> {
    authorize(context, 'registry', 'read');
    return this.work.tenantRead(context, (tx) => reach(tx, context, id));
  }

  /** Errors: `invalid` (`uri`, `credentials.…`), `conflict`, `quota`. */
  async create(context: RequestContext, wish: RegistryWish): Promise<RegistryRecord> {
    authorize(context, 'registry', 'create');
    const name = readUri(wish.uri);
    if (wish.credentials) checkCredentials(wish.credentials, 'credentials.');
    const accepted = await this.ask(name.host, wish.credentials);
    return this.work.tenant(context, async (tx) => {
      await requireRoom(tx, context.projectId);
      const registry: RegistryRecord = {
        id: newId(),
        organizationId: context.organizationId,
        projectId: context.projectId,
        host: name.host,
        repository: name.path,
        username: wish.credentials?.username ?? null,
        description: wish.description,
        accepted,
        createdAt: this.clock.now(),
      };
      await tx.registries.insert(registry, this.sealed(wish.credentials, registry.id));
      await noteRegistry(tx, context, 'create', registry, this.clock.now());
      return registry;
    });
  }

  /**
   * Containers made from now on are pulled with what it is now. A password never goes to another host than the one it
   * was given for. Errors: `not-found`, `invalid`, `conflict`.
   */
  async update(context: RequestContext, id: string, changes: RegistryChanges): Promise<RegistryRecord> {
    authorize(context, 'registry', 'update');
    const { credentials } = changes;
    if (credentials) checkCredentials(credentials, 'credentials.');
    const present = await this.work.tenantRead(context, (tx) => reach(tx, context, id));
    const name = changes.uri === undefined ? nameOf(present) : readUri(changes.uri);
    if (name.host !== present.host && present.username !== null && credentials === undefined) {
      throw invalid('credentials', 'credentials: give them again with another address.');
    }
    const asks = name.host !== present.host || credentials !== undefined;
    const accepted = asks ? await this.ask(name.host, credentials ?? null) : present.accepted;
    return this.work.tenant(context, async (tx) => {
      const registry = await tx.registries.lock(context.projectId, id);
      if (!registry) throw notFound('registry');
      if (registry.host !== present.host || registry.username !== present.username) throw changedMeanwhile();
      const changed: RegistryRecord = {
        ...registry,
        host: name.host,
        repository: name.path,
        description: changes.description ?? registry.description,
        username: credentials === undefined ? registry.username : (credentials?.username ?? null),
        accepted: asks ? accepted : registry.accepted,
      };
      const sealed = credentials === undefined ? undefined : this.sealed(credentials, id);
      if (!(await tx.registries.update(changed, sealed))) throw notFound('registry');
      await noteRegistry(tx, context, 'update', changed, this.clock.now());
      return changed;
    });
  }

  async delete(context: RequestContext, id: string): Promise<void> {
    authorize(context, 'registry', 'delete');
    await this.work.tenant(context, async (tx) => {
      const registry = await reach(tx, context, id);
      await tx.registries.delete(registry.id);
      await noteRegistry(tx, context, 'delete', registry, this.clock.now());
    });
  }

  /** Asks the registry anew. False also where there are no credentials to take, and when it does not answer. */
  async validate(context: RequestContext, id: string): Promise<boolean> {
    authorize(context, 'registry', 'update');
    const registry = await this.work.tenantRead(context, (tx) => reach(tx, context, id));
    const credentials = this.opened(registry);
    if (!credentials) return false;
    const probe = await this.prober.probe(registry.host, credentials);
    if (!probe.answers) return false;
    await this.work.tenant(context, (tx) => tx.registries.noteAccepted(registry, probe.accepted === true));
    return probe.accepted === true;
  }

  /** Whether a registry answers under the address. */
  async validateUri(context: RequestContext, uri: string): Promise<UriVerdict> {
    authorize(context, 'registry', 'create');
    const host = hostOf(uri);
    if (typeof host !== 'string') return { valid: false, reason: host.message };
    const probe = await this.prober.probe(host, null);
    return probe.answers ? { valid: true } : { valid: false, reason: probe.reason };
  }

  private async ask(host: string, credentials: PlainCredentials | null): Promise<boolean | null> {
    const probe = await this.prober.probe(host, credentials);
    if (!probe.answers) throw invalid('uri', `uri: ${probe.reason}`);
    return probe.accepted;
  }

  private sealed(credentials: PlainCredentials | null, id: string): Buffer | null {
    return credentials && this.vault.seal(credentials.password, id);
  }

  private opened({ id, username, sealedPassword }: SealedRegistry): PlainCredentials | null {
    if (username === null || sealedPassword === null) return null;
    return { username, password: this.vault.open(sealedPassword, id) };
  }
}

async function reach(tx: Transaction, context: RequestContext, id: string): Promise<SealedRegistry> {
  const registry = isId(id) ? await tx.registries.byId(context.projectId, id) : null;
  if (!registry) throw notFound('registry');
  return registry;
}

const changedMeanwhile = () =>
  new DomainError('stale', 'The registry was changed by somebody else meanwhile; read it and try again.');

const nameOf = ({ host, repository }: RegistryRecord): RepositoryName => ({ host, path: repository });

/** What stands before an image's own name; a scheme is left out, and there is none but TLS. */
export function readUri(uri: string): RepositoryName {
  const plain = uri
    .trim()
    .replace(/^https:\/\//i, '')
    .replace(/\/+$/, '');
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(plain)) {
    throw invalid(
      'uri',
      `uri: "${uri}" is not the address of a registry; give its host, as image names begin with it.`,
    );
  }
  const slash = plain.indexOf('/');
  const host = canonicalHost(slash < 0 ? plain : plain.slice(0, slash));
  const path = slash < 0 ? '' : plain.slice(slash + 1);
  // Docker's own registry is known by an address with a version in its path.
  const name = { host, path: host === dockerHub && /^v[12]$/.test(path) ? '' : path };
  checkName(name, 'uri');
  return name;
}

function hostOf(uri: string): string | DomainError {
  try {
    return readUri(uri).host;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
