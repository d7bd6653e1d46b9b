import type { EntityManager } from 'typeorm';
import { DomainError } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { OrganizationRole } from '#libs/domain/identity/role.js';
import type {
  MemberRecord,
  OrganizationRecord,
  OrganizationRepository,
} from '#libs/core/identity/organization.repository.port.js';
import { newId } from '#libs/platform/id.js';
import type { Sql } from '../connection/sql.js';
import { announce } from './credential.announcement.js';
import { memberBy, membersOf } from './member.rows.js';
import { MembershipEntity } from './membership.entity.js';
import { OrganizationEntity } from './organization.entity.js';
import { ProjectMembershipEntity } from './project-membership.entity.js';
import { refusing, stale } from './refused-write.js';

const taken = (name: string) => ({
  organization_name_key: { field: 'name', sentence: `There is already an organization called "${name}".` },
});

export class PostgresOrganizationRepository implements OrganizationRepository {
  constructor(
    private readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  async insert(organization: OrganizationRecord): Promise<void> {
    await refusing(taken(organization.name), () => this.manager.insert(OrganizationEntity, { ...organization }));
  }

  get(idOrName: string): Promise<OrganizationRecord | null> {
    return this.manager.findOneBy(OrganizationEntity, isId(idOrName) ? { id: idOrName } : { name: idOrName });
  }

  async list(limit: number, offset: number): Promise<{ rows: OrganizationRecord[]; total: number }> {
    const [rows, total] = await this.manager.findAndCount(OrganizationEntity, {
      order: { name: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { rows, total };
  }

  async update(organization: OrganizationRecord): Promise<number> {
    const { id, name, displayName, rowVersion } = organization;
    const result = await refusing(taken(name), () =>
      this.manager.update(OrganizationEntity, { id, rowVersion }, { name, displayName, rowVersion: rowVersion + 1 }),
    );
    if (!result.affected) throw stale('organization');
    await announce(this.sql, { kind: 'organization', id });
    return rowVersion + 1;
  }

  async delete(id: string): Promise<void> {
    const remaining = await this.sql.first<{ projects: number; nodes: number; clusters: number }>(
      'organization-remaining',
      `SELECT (SELECT count(*) FROM project WHERE organization_id = $1) AS projects,
              (SELECT count(*) FROM node WHERE organization_id = $1 AND removed_at IS NULL) AS nodes,
              (SELECT count(*) FROM node_cluster WHERE organization_id = $1 AND removed_at IS NULL) AS clusters`,
      [id],
    );
    const left = Object.entries(remaining ?? {}).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
    if (left.length > 0) {
      throw new DomainError('conflict', `The organization still has ${left.join(' and ')}; remove them first.`);
    }
    await announce(this.sql, { kind: 'organization', id });
    for (const table of ['join_token', 'node', 'node_cluster']) {
      await this.sql.vary(`DELETE FROM ${table} WHERE organization_id = $1`, [id]);
    }
    await this.manager.delete(OrganizationEntity, { id });
  }

  async setMember(organizationId: string, userId: string, role: OrganizationRole): Promise<void> {
    await this.sql.query(
      'membership-set',
      `INSERT INTO membership (id, organization_id, user_id, role) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role`,
      [newId(), organizationId, userId, role],
    );
    await announce(this.sql, { kind: 'user', id: userId });
  }

  async removeMember(organizationId: string, userId: string): Promise<boolean> {
    const result = await this.manager.delete(MembershipEntity, { organizationId, userId });
    await this.manager.delete(ProjectMembershipEntity, { organizationId, userId });
    await announce(this.sql, { kind: 'user', id: userId });
    return (result.affected ?? 0) > 0;
  }

  async member(organizationId: string, userId: string): Promise<OrganizationRole | null> {
    const found = await this.manager.findOneBy(MembershipEntity, { organizationId, userId });
    return found?.role ?? null;
  }

  members(
    organizationId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: MemberRecord<OrganizationRole>[]; total: number }> {
    return membersOf<OrganizationRole>(this.sql, 'membership', 'organization_id', organizationId, limit, offset);
  }

  memberById(organizationId: string, id: string): Promise<MemberRecord<OrganizationRole> | null> {
    return memberBy<OrganizationRole>(this.sql, 'membership', 'organization_id', organizationId, id);
  }

  async organizationOf(membershipId: string): Promise<string | null> {
    const row = await this.sql.first<{ organization_id: string }>(
      'membership-organization',
      `SELECT organization_id FROM membership WHERE id = $1`,
      [membershipId],
    );
    return row?.organization_id ?? null;
  }

  async lockOwners(organizationId: string): Promise<string[]> {
    const rows = await this.sql.query<{ user_id: string }>(
      'organization-lock-owners',
      `SELECT user_id FROM membership WHERE organization_id = $1 AND role = 'owner' ORDER BY user_id FOR UPDATE`,
      [organizationId],
    );
    return rows.map((row) => row.user_id);
  }
}
