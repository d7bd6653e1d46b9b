import type { EntityManager } from 'typeorm';
import { DomainError } from '#libs/domain/error.js';
import { isId } from '#libs/domain/id.js';
import type { ProjectRole } from '#libs/domain/identity/role.js';
import type { MemberRecord } from '#libs/core/identity/organization.repository.port.js';
import type { ProjectRecord, ProjectRepository } from '#libs/core/identity/project.repository.port.js';
import { newId } from '#libs/platform/id.js';
import type { Sql } from '../connection/sql.js';
import { announce } from './credential.announcement.js';
import { memberBy, membersOf } from './member.rows.js';
import { ProjectMembershipEntity } from './project-membership.entity.js';
import { ProjectEntity } from './project.entity.js';
import { refusing, stale } from './refused-write.js';

const taken = (project: ProjectRecord) => ({
  project_name_key: { field: 'name', sentence: `The organization already has a project called "${project.name}".` },
  project_namespace_key: { field: 'namespace', sentence: `The namespace "${project.namespace}" is taken.` },
});

export class PostgresProjectRepository implements ProjectRepository {
  constructor(
    private readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  async insert(project: ProjectRecord): Promise<void> {
    await refusing(taken(project), () => this.manager.insert(ProjectEntity, { ...project }));
    await announce(this.sql, { kind: 'organization', id: project.organizationId });
  }

  get(idOrNamespace: string): Promise<ProjectRecord | null> {
    return this.manager.findOneBy(
      ProjectEntity,
      isId(idOrNamespace) ? { id: idOrNamespace } : { namespace: idOrNamespace },
    );
  }

  async list(organizationId: string, limit: number, offset: number): Promise<{ rows: ProjectRecord[]; total: number }> {
    const [rows, total] = await this.manager.findAndCount(ProjectEntity, {
      where: { organizationId },
      order: { createdAt: 'ASC', id: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { rows, total };
  }

  async update(project: ProjectRecord): Promise<number> {
    const { id, rowVersion, name, displayName } = project;
    const result = await refusing(taken(project), () =>
      this.manager.update(ProjectEntity, { id, rowVersion }, { name, displayName, rowVersion: rowVersion + 1 }),
    );
    if (!result.affected) throw stale('project');
    await announce(this.sql, { kind: 'organization', id: project.organizationId });
    return rowVersion + 1;
  }

  async delete(id: string): Promise<void> {
    const project = await this.manager.findOneBy(ProjectEntity, { id });
    if (!project) return;
    const left = await this.sql.first<{ remaining: number }>(
      'project-remaining',
      `SELECT (SELECT count(*) FROM stack WHERE project_id = $1 AND destroyed_at IS NULL)
            + (SELECT count(*) FROM service WHERE project_id = $1 AND destroyed_at IS NULL)
            + (SELECT count(*) FROM container WHERE project_id = $1 AND removed_at IS NULL)
            + (SELECT count(*) FROM volume WHERE project_id = $1)
            + (SELECT count(*) FROM file_share WHERE project_id = $1)
            + (SELECT count(*) FROM backup_target WHERE project_id = $1) AS remaining`,
      [id],
    );
    if (left && left.remaining > 0) {
      throw new DomainError(
        'conflict',
        'The project still has stacks, services, containers, volumes, file shares or backup targets.',
      );
    }
    await announce(this.sql, { kind: 'organization', id: project.organizationId });
    // What was terminated is kept for a while as a record; it goes with its project.
    for (const table of ['container', 'service', 'stack', 'usage']) {
      await this.sql.vary(`DELETE FROM "${table}" WHERE project_id = $1`, [id]);
    }
    await this.manager.delete(ProjectEntity, { id });
  }

  async setMember(organizationId: string, projectId: string, userId: string, role: ProjectRole): Promise<void> {
    await this.sql.query(
      'project-membership-set',
      `INSERT INTO project_membership (id, organization_id, project_id, user_id, role) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role`,
      [newId(), organizationId, projectId, userId, role],
    );
    await announce(this.sql, { kind: 'user', id: userId });
  }

  async removeMember(projectId: string, userId: string): Promise<boolean> {
    const result = await this.manager.delete(ProjectMembershipEntity, { projectId, userId });
    await announce(this.sql, { kind: 'user', id: userId });
    return (result.affected ?? 0) > 0;
  }

  members(
    projectId: string,
    limit: number,
    offset: number,
  ): Promise<{ rows: MemberRecord<ProjectRole>[]; total: number }> {
    return membersOf<ProjectRole>(this.sql, 'project_membership', 'project_id', projectId, limit, offset);
  }

  memberById(projectId: string, id: string): Promise<MemberRecord<ProjectRole> | null> {
    return memberBy<ProjectRole>(this.sql, 'project_membership', 'project_id', projectId, id);
  }

  async projectOf(membershipId: string): Promise<string | null> {
    const row = await this.sql.first<{ project_id: string }>(
      'project-membership-project',
      `SELECT project_id FROM project_membership WHERE id = $1`,
      [membershipId],
    );
    return row?.project_id ?? null;
  }
}
