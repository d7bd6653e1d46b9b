import type { OrganizationRole } from '#libs/domain/identity/role.js';
import type { UserRecord } from './user.repository.port.js';

export interface OrganizationRecord {
  id: string;
  name: string;
  displayName: string;
  createdAt: Date;
  rowVersion: number;
}

export interface MemberRecord<R> {
  /** Of the membership. */
  id: string;
  user: UserRecord;
  role: R;
  since: Date;
}

export interface OrganizationRepository {
  /** `conflict` when the name is taken. */
  insert(organization: OrganizationRecord): Promise<void>;
  get(idOrName: string): Promise<OrganizationRecord | null>;
  /** By name. */
  list(limit: number, offset: number): Promise<{ rows: OrganizationRecord[]; total: number }>;
  /** `stale` on another version, `conflict` on a taken name; returns the new version. */
  update(organization: OrganizationRecord): Promise<number>;
  /** `conflict` while projects, nodes or node clusters remain. */
  delete(id: string): Promise<void>;

  setMember(organizationId: string, userId: string, role: OrganizationRole): Promise<void>;
  /** With the user's roles in the organization's projects. */
  removeMember(organizationId: string, userId: string): Promise<boolean>;
  member(organizationId: string, userId: string): Promise<OrganizationRole | null>;
  members(
    organizationId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: MemberRecord<OrganizationRole>[]; total: number }>;
  memberById(organizationId: string, id: string): Promise<MemberRecord<OrganizationRole> | null>;
  /** The organization of a membership, whoever asks. */
  organizationOf(membershipId: string): Promise<string | null>;
  /** Counts owners and holds their rows until the transaction ends, so that two cannot remove each other. */
  lockOwners(organizationId: string): Promise<string[]>;
}
