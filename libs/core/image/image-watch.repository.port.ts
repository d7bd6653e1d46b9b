import type { RepositoryName } from '#libs/domain/registry/repository-name.js';

export interface ImageWatch {
  organizationId: string;
  projectId: string;
  image: string;
  /** Of the manifest that the registry had when it was last asked; null before. */
  digest: string | null;
  failures: number;
}

/** Images of running services that ask to be redeployed when their image changes. Runs on the platform role. */
export interface ImageWatchRepository {
  /** Begins to watch what such services use, and ends it where none does any more. */
  refresh(): Promise<void>;
  /** Takes up to `limit` that are due; they are due again at `until` unless something is noted before. */
  take(now: Date, until: Date, limit: number): Promise<ImageWatch[]>;
  /** Notes what the registry said; false when another process noted something meanwhile. */
  note(watch: ImageWatch, digest: string, lookAt: Date): Promise<boolean>;
  noteFailure(watch: ImageWatch, message: string, lookAt: Date): Promise<void>;
  /** Someone says that these repositories of the project changed: they are due now. Returns how many are watched. */
  hint(projectId: string, repositories: RepositoryName[]): Promise<number>;
  /** Running services of the project that want to be redeployed with this image. */
  services(watch: ImageWatch): Promise<string[]>;
}
