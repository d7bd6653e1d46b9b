import type { QuotaResource } from '#libs/domain/quota/quota.js';

export interface QuotaLine {
  resource: QuotaResource;
  used: number;
  /** Null is without limit. */
  limit: number | null;
}

export interface QuotaRepository {
  /**
   * Adds to what the project and its organization use, in the caller's transaction, and refuses with `quota` and a
   * sentence when a limit of either would be passed. Negative numbers give back and never fail.
   */
  take(organizationId: string, projectId: string, amounts: Partial<Record<QuotaResource, number>>): Promise<void>;
  /**
   * As `take`, and everything of one transaction together when it is about to commit: others who count in the same
   * project wait for less. What is asked for in vain is then refused last.
   */
  takeWithCommit(
    organizationId: string,
    projectId: string,
    amounts: Partial<Record<QuotaResource, number>>,
  ): Promise<void>;
  usage(organizationId: string, projectId: string | null): Promise<QuotaLine[]>;
  /** Null removes the limit. */
  setLimit(
    organizationId: string,
    projectId: string | null,
    resource: QuotaResource,
    limit: number | null,
  ): Promise<void>;
  /** Counts everything anew and returns lines that differ from the counters (which it corrects). */
  recount(
    organizationId: string,
  ): Promise<{ projectId: string; resource: QuotaResource; counted: number; was: number }[]>;
}
