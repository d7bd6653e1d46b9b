import { notFound } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { Transaction, UnitOfWork } from '../unit-of-work/unit-of-work.port.js';
import type { TenantReference } from './context-for.js';

/** Kinds of resources that some addresses name without their project. */
export const locatedKinds = ['stack', 'registry'] as const;
export type LocatedKind = (typeof locatedKinds)[number];

/**
 * Which project an address means that names a resource only. It says nothing about whether the caller may enter that
 * project: the reference goes through `contextFor` as one from an address does, and a foreign one is refused as absent.
 */
export class ResourceLocator {
  constructor(private readonly work: UnitOfWork) {}

  /** A project's default stack carries the project's id, and is found also before anything was put into it. */
  async locate(kind: LocatedKind, id: string): Promise<TenantReference> {
    if (!isId(id)) throw notFound(kind);
    const projectId = await this.work.platformRead((tx) => homes[kind](tx, id));
    return { kind: 'project', idOrNamespace: projectId ?? id, spokenOfAs: kind };
  }
}

const homes: Record<LocatedKind, (tx: Transaction, id: string) => Promise<string | null>> = {
  stack: (tx, id) => tx.stacks.projectOf(id),
  registry: (tx, id) => tx.registries.projectOf(id),
};
