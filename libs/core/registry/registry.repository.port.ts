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
  createdAt: Date;
}

export interface RegistryFilter {
  host?: string;
  repository?: string;
  /** True: only entries of one repository. */
  ofRepositories?: boolean;
  limit: number;
  offset: number;
}

/** The sealed password goes in and is read by nobody but who hands assignments to nodes. */
export interface RegistryRepository {
  /** `conflict` when the project has an entry for it. */
  insert(registry: RegistryRecord, sealedPassword: Buffer | null): Promise<void>;
  get(projectId: string, host: string, repository: string): Promise<RegistryRecord | null>;
  /** By host and repository. */
  list(projectId: string, filter: RegistryFilter): Promise<{ rows: RegistryRecord[]; total: number }>;
  hosts(projectId: string): Promise<string[]>;
  /** Also holds the row; false when it was deleted meanwhile. */
  update(id: string, username: string | null, sealedPassword: Buffer | null): Promise<boolean>;
  delete(id: string): Promise<void>;
  /** Images of the project's living services and containers, each once. */
  imagesInUse(projectId: string): Promise<string[]>;
}
