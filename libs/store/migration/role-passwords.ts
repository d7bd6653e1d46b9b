import type pg from 'pg';
import { databaseRoles, rolePassword } from '../connection/database-role.js';
import { scramVerifier } from './scram-verifier.js';

const attempts = 10;

/**
 * Gives both roles the passwords that follow from the master key. Roles belong to the whole server: migrations of
 * another of its databases may be writing the same row, which PostgreSQL refuses rather than waits for.
 */
export async function setRolePasswords(owner: pg.ClientBase, masterKey: Buffer): Promise<void> {
  for (const role of databaseRoles) {
    const statement = `ALTER ROLE ${role} WITH LOGIN PASSWORD '${scramVerifier(rolePassword(masterKey, role))}'`;
    for (let attempt = 1; ; attempt++) {
      try {
        await owner.query(statement);
        break;
      } catch (error) {
        const raced = error instanceof Error && error.message.startsWith('tuple concurrently');
        if (!raced || attempt === attempts) throw error;
      }
    }
  }
}

/** Throws when a role could look past row-level security: then the second wall would be painted on. */
export async function requirePlainRoles(owner: pg.ClientBase): Promise<void> {
  const mighty = await owner.query<{ name: string }>(
    `SELECT r.rolname AS name FROM pg_roles r
      WHERE r.rolname = ANY($1) AND (r.rolsuper OR r.rolbypassrls
         OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace))`,
    [[...databaseRoles]],
  );
  if (mighty.rows.length > 0) {
    const names = mighty.rows.map((row) => row.name).join(', ');
    throw new Error(`The database role ${names} must not be a superuser, bypass row-level security or own tables.`);
  }
}
