/** By what a domain is a project’s: a record in DNS, a file on its web server, or because it is below the platform’s own. */
export type DomainProof = 'dns' | 'http' | 'default-domain';

export interface DomainRecord {
  id: string;
  organizationId: string;
  projectId: string;
  /** Canonical; what is below belongs to it unless it belongs to somebody nearer. */
  name: string;
  /** What the proof has to show. No secret: it is worth something only where its owner puts it. */
  token: string;
  /** Given by the platform with the first route on it, and gone with the last. */
  granted: boolean;
  verifiedAt: Date | null;
  verifiedBy: DomainProof | null;
  checkedAt: Date | null;
  /** Why the last look did not verify it. */
  problem: string | null;
  createdAt: Date;
  rowVersion: number;
}

export interface DomainOwner {
  name: string;
  /** It belongs to the caller’s organization. */
  mine: boolean;
}

export interface DomainRepository {
  /** `conflict` when the project has it already, or (verified) anybody. */
  insert(domain: DomainRecord): Promise<void>;
  get(projectId: string, nameOrId: string): Promise<DomainRecord | null>;
  /** The project of a claim, whoever asks. */
  projectOf(id: string): Promise<string | null>;
  list(projectId: string, limit: number, offset: number): Promise<{ rows: DomainRecord[]; total: number }>;
  /** Proof and problem; `stale` when `rowVersion` is not the stored one. Returns the new version. */
  update(domain: DomainRecord): Promise<number>;
  delete(id: string): Promise<void>;
  /** Until the transaction ends no domain changes hands, in any project. Many may hold this at once. */
  holdOwners(): Promise<void>;
  /** Until the transaction ends nobody else holds or changes owners. */
  changeOwners(): Promise<void>;
  /** The nearest of these names that is proven to be somebody’s. */
  ownerOf(names: string[]): Promise<DomainOwner | null>;
  /** Frees a name that came with a route, unless the organization still has a route on it or below. */
  releaseGrant(organizationId: string, name: string): Promise<void>;
  /** For the platform: the proven domain of this name, whosever it is. */
  verified(name: string): Promise<DomainRecord | null>;
  /** For the platform: those of the hosts whose nearest proven domain is the organization’s. */
  ownedOf(organizationId: string, hosts: string[]): Promise<string[]>;
}
