import type { MemberRecord } from '#libs/core/identity/organization.repository.port.js';
import type { Sql } from '../connection/sql.js';

interface MemberRow {
  membership_id: string;
  id: string;
  name: string;
  email: string | null;
  display_name: string;
  is_operator: boolean;
  disabled_at: Date | null;
  created_at: Date;
  row_version: number;
  role: string;
  since: Date;
  total: number;
}

const columns = `m.id AS membership_id, u.id, u.name, u.email, u.display_name, u.is_operator, u.disabled_at, u.created_at,
  u.row_version, m.role, m.created_at AS since`;

/** One page of an organization's or a project's members, by name, without their password hashes. */
export async function membersOf<R extends string>(
  sql: Sql,
  table: 'membership' | 'project_membership',
  column: 'organization_id' | 'project_id',
  id: string,
  limit: number,
  offset: number,
): Promise<{ rows: MemberRecord<R>[]; total: number }> {
  const rows = await sql.query<MemberRow>(
    `${table}-list`,
    `SELECT ${columns}, count(*) OVER () AS total FROM ${table} m JOIN user_account u ON u.id = m.user_id
      WHERE m.${column} = $1 ORDER BY u.name, u.id LIMIT $2 OFFSET $3`,
    [id, limit, offset],
  );
  return { total: rows[0]?.total ?? 0, rows: rows.map(toMember<R>) };
}

/** One of them by its membership's id. */
export async function memberBy<R extends string>(
  sql: Sql,
  table: 'membership' | 'project_membership',
  column: 'organization_id' | 'project_id',
  place: string,
  id: string,
): Promise<MemberRecord<R> | null> {
  const row = await sql.first<MemberRow>(
    `${table}-by-id`,
    `SELECT ${columns} FROM ${table} m JOIN user_account u ON u.id = m.user_id WHERE m.${column} = $1 AND m.id = $2`,
    [place, id],
  );
  return row && toMember<R>(row);
}

const toMember = <R extends string>(row: MemberRow): MemberRecord<R> => ({
  id: row.membership_id,
  role: row.role as R,
  since: row.since,
  user: {
    id: row.id,
    name: row.name,
    email: row.email,
    displayName: row.display_name,
    passwordHash: null,
    isOperator: row.is_operator,
    disabledAt: row.disabled_at,
    createdAt: row.created_at,
    rowVersion: row.row_version,
  },
});
