import type { EntityManager } from 'typeorm';
import { isId } from '#libs/domain/id.js';
import type {
  OwnMemberships,
  PrincipalRecord,
  UserRecord,
  UserRepository,
} from '#libs/core/identity/user.repository.port.js';
import type { Sql } from '../connection/sql.js';
import { announce } from './credential.announcement.js';
import { refusing, stale } from './refused-write.js';
import { UserAccountEntity } from './user-account.entity.js';

const taken = (user: UserRecord) => ({
  user_account_name_key: { field: 'name', sentence: `There is already a user called "${user.name}".` },
  user_account_email_key: { field: 'email', sentence: 'There is already a user with this email address.' },
});

interface PrincipalRow {
  id: string;
  name: string;
  is_operator: boolean;
  disabled_at: Date | null;
  memberships: PrincipalRecord['memberships'];
  project_memberships: PrincipalRecord['projectMemberships'];
  projects: PrincipalRecord['projects'];
}

export class PostgresUserRepository implements UserRepository {
  constructor(
    private readonly sql: Sql,
    private readonly manager: EntityManager,
  ) {}

  async insert(user: UserRecord): Promise<void> {
    await refusing(taken(user), () => this.manager.insert(UserAccountEntity, { ...user }));
  }

  get(reference: string): Promise<UserRecord | null> {
    const by = isId(reference) ? 'id' : reference.includes('@') ? 'email' : 'name';
    return this.manager.findOneBy(UserAccountEntity, { [by]: reference });
  }

  async list(limit: number, offset: number): Promise<{ rows: UserRecord[]; total: number }> {
    const [rows, total] = await this.manager.findAndCount(UserAccountEntity, {
      order: { name: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { rows, total };
  }

  async update(user: UserRecord): Promise<number> {
    const { id, rowVersion, createdAt: _, ...changed } = user;
    const result = await refusing(taken(user), () =>
      this.manager.update(UserAccountEntity, { id, rowVersion }, { ...changed, rowVersion: rowVersion + 1 }),
    );
    if (!result.affected) throw stale('user');
    await announce(this.sql, { kind: 'user', id });
    return rowVersion + 1;
  }

  async principal(userId: string): Promise<PrincipalRecord | null> {
    const row = await this.sql.first<PrincipalRow>('user-principal', principalText, [userId]);
    if (!row) return null;
    return {
      user: { id: row.id, name: row.name, isOperator: row.is_operator, disabledAt: row.disabled_at },
      memberships: row.memberships,
      projectMemberships: row.project_memberships,
      projects: row.projects,
    };
  }

  async memberships(userId: string): Promise<OwnMemberships> {
    const { sql } = this;
    return {
      organizations: await sql.query('user-memberships', ownText('membership', 'organization_id AS "organizationId"'), [
        userId,
      ]),
      projects: await sql.query(
        'user-project-memberships',
        ownText('project_membership', 'project_id AS "projectId"'),
        [userId],
      ),
    };
  }
}

const ownText = (table: string, place: string) =>
  `SELECT id, ${place}, role, created_at AS since FROM ${table} WHERE user_id = $1 ORDER BY created_at, id`;

const principalText = `
  SELECT u.id, u.name, u.is_operator, u.disabled_at,
    coalesce((SELECT jsonb_agg(jsonb_build_object('organizationId', o.id, 'organizationName', o.name, 'role', m.role)
                               ORDER BY m.created_at, o.id)
                FROM membership m JOIN organization o ON o.id = m.organization_id
               WHERE m.user_id = u.id), '[]') AS memberships,
    coalesce((SELECT jsonb_agg(jsonb_build_object('organizationId', o.id, 'organizationName', o.name,
                                                  'projectId', m.project_id, 'role', m.role)
                               ORDER BY m.created_at, m.project_id)
                FROM project_membership m JOIN organization o ON o.id = m.organization_id
               WHERE m.user_id = u.id), '[]') AS project_memberships,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', p.id, 'organizationId', p.organization_id,
                                                  'namespace', p.namespace, 'name', p.name)
                               ORDER BY p.created_at, p.id)
                FROM project p
               WHERE p.organization_id IN (SELECT organization_id FROM membership WHERE user_id = u.id)
                  OR p.id IN (SELECT project_id FROM project_membership WHERE user_id = u.id)), '[]') AS projects
  FROM user_account u WHERE u.id = $1`;
