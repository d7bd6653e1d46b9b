import type { ProjectRole } from '#libs/domain/identity/role.js';
import type { MemberRecord } from './organization.repository.port.js';

export interface ProjectRecord {
  id: string;
  organizationId: string;
  name: string;
  /** Unique on the platform: it stands in addresses. */
  namespace: string;
  displayName: string;
  createdAt: Date;
  rowVersion: number;
}

export interface ProjectRepository {
  /** `conflict` when the name (in its organization) or the namespace is taken. */
  insert(project: ProjectRecord): Promise<void>;
  get(idOrNamespace: string): Promise<ProjectRecord | null>;
  /** Oldest first. */
  list(organizationId: string, limit: number, offset: number): Promise<{ rows: ProjectRecord[]; total: number }>;
  /** `stale` on another version, `conflict` on a taken name; returns the new version. */
  update(project: ProjectRecord): Promise<number>;
  /** `conflict` while living resources remain. */
  delete(id: string): Promise<void>;

  setMember(organizationId: string, projectId: string, userId: string, role: ProjectRole): Promise<void>;
  removeMember(projectId: string, userId: string): Promise<boolean>;
  members(
    projectId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: MemberRecord<ProjectRole>[]; total: number }>;
  memberById(projectId: string, id: string): Promise<MemberRecord<ProjectRole> | null>;
  /** The project of a membership, whoever asks. */
  projectOf(membershipId: string): Promise<string | null>;
}
