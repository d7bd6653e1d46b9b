import type { RepositoryName } from '#libs/domain/registry/repository-name.js';

/** Credentials of a foreign registry, or the note that a repository there is used without any. */
export interface RegistryRecord {
  id: string;
  organizationId: string;
  projectId: string;
  /** As it stands in image names, see `repositoryOf`. */
  host: string;
  /** The path of one repository; empty: every repository of the host that has no entry of its own. */
  repository: string;
  /** Null: pulled without credentials. */
  username: string | null;
  /** What people call it. */
  description: string | null;
  /** Whether the registry took the credentials when it was last asked; null: it was not. */
  accepted: boolean | null;
  createdAt: Date;
}

export interface SealedRegistry extends RegistryRecord {
  sealedPassword: Buffer | null;
}

export interface RegistryFilter {
  host?: string;
  repository?: string;
  /** True: only entries of one repository. */
  ofRepositories?: boolean;
  hasCredentials?: boolean;
  limit: number;
  offset: number;
}

/** The sealed password goes in, and comes out for whoever asks the registry on the project's behalf. */
export interface RegistryRepository {
  /** `conflict` when the project has an entry for it. */
  insert(registry: RegistryRecord, sealedPassword: Buffer | null): Promise<void>;
  get(projectId: string, host: string, repository: string): Promise<RegistryRecord | null>;
  byId(projectId: string, id: string): Promise<SealedRegistry | null>;
  /** As `byId`, held until the transaction ends. */
  lock(projectId: string, id: string): Promise<SealedRegistry | null>;
  /** What an image of that name is pulled with: the entry of the repository, else that of its host. */
  fitting(projectId: string, name: RepositoryName): Promise<SealedRegistry | null>;
  /** The project of an entry, whoever asks. */
  projectOf(id: string): Promise<string | null>;
  /** By host and repository. */
  list(projectId: string, filter: RegistryFilter): Promise<{ rows: RegistryRecord[]; total: number }>;
  hosts(projectId: string): Promise<string[]>;
  /**
   * The password stays unless one is given, or null for none. Also holds the row; false when it was deleted
   * meanwhile. `conflict` when the project has another entry for its new name.
   */
  update(registry: RegistryRecord, sealedPassword?: Buffer | null): Promise<boolean>;
  /** Notes what the registry said, unless the credentials were changed meanwhile. */
  noteAccepted(registry: SealedRegistry, accepted: boolean): Promise<void>;
  delete(id: string): Promise<void>;
  /** Images of the project's living services and containers, each once. */
  imagesInUse(projectId: string): Promise<string[]>;
}
