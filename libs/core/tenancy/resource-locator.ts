import { notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { Transaction, UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import { noTenant, type TenantReference } from './context-for.js';

/** Kinds of resources that some addresses name without their project. */
export const locatedKinds = [
  'stack',
  'registry',
  'route',
  'certificate',
  'domain',
  'membership',
  'project membership',
] as const;
export type LocatedKind = (typeof locatedKinds)[number];

/**
 * Which project an address means that names a resource only. It says nothing about whether the caller may enter that
 * project: the reference goes through `contextFor` as one from an address does, and a foreign one is refused as absent.
 */
export class ResourceLocator {
  constructor(private readonly work: UnitOfWork) {}

  async locate(kind: LocatedKind, id: string): Promise<TenantReference> {
    if (!isId(id)) throw notFound(kind);
    return this.work.platformRead((tx) => homes[kind](tx, id));
  }
}

type Home = (tx: Transaction, id: string) => Promise<TenantReference>;

/** An absent resource is taken for one of a project that nobody is in. */
const inProject =
  (kind: string, projectOf: (tx: Transaction, id: string) => Promise<string | null>): Home =>
  async (tx, id) => ({ kind: 'project', idOrNamespace: (await projectOf(tx, id)) ?? noTenant, spokenOfAs: kind });

const homes: Record<LocatedKind, Home> = {
  /** A project's default stack carries the project's id, and is found also before anything was put into it. */
  stack: inProject('stack', async (tx, id) => (await tx.stacks.projectOf(id)) ?? id),
  registry: inProject('registry', (tx, id) => tx.registries.projectOf(id)),
  route: inProject('route', (tx, id) => tx.routes.projectOf(id)),
  certificate: inProject('certificate', async (tx, id) => (await tx.certificates.getAny(id))?.projectId ?? null),
  domain: inProject('domain', (tx, id) => tx.domains.projectOf(id)),
  'project membership': inProject('project membership', (tx, id) => tx.identity.projects.projectOf(id)),
  membership: async (tx, id) => {
    const organization = await tx.identity.organizations.organizationOf(id);
    if (!organization) throw notFound('membership');
    return { kind: 'organization', idOrName: organization, spokenOfAs: 'membership' };
  },
};
