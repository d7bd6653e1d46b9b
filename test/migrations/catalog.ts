import type pg from 'pg';

/** What a schema consists of, as PostgreSQL itself writes it; two schemas are alike when these are. */
export async function describeSchema(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `SELECT format('%s.%s %s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
              CASE WHEN d.oid IS NULL THEN '' ELSE ' DEFAULT ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '^''(\\d+)''::bigint$', '\\1') END,
              CASE a.attidentity WHEN 'a' THEN ' IDENTITY ALWAYS' WHEN 'd' THEN ' IDENTITY' ELSE '' END) AS line
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
        AND c.relname <> 'migrations'
     UNION ALL
     SELECT format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
       FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c')
        AND conrelid::regclass::text <> 'migrations'
     UNION ALL
     SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
     ORDER BY 1`,
  );
  return rows.map((row) => row.line);
}

export interface SecuredTable {
  name: string;
  owner: string;
  hasOrganization: boolean;
  enabled: boolean;
  forced: boolean;
  policies: { name: string; role: string; command: string; using: string | null; check: string | null }[];
}

/** Every table of the product, with its row-level security. */
export async function securedTables(client: pg.ClientBase): Promise<SecuredTable[]> {
  const { rows } = await client.query<SecuredTable>(
    `SELECT c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
            EXISTS (SELECT FROM information_schema.columns i WHERE i.table_schema = 'public'
                       AND i.table_name = c.relname AND i.column_name = 'organization_id') AS "hasOrganization",
            coalesce((SELECT json_agg(json_build_object('name', p.policyname, 'role', p.roles[1], 'command', p.cmd,
                                                        'using', p.qual, 'check', p.with_check) ORDER BY p.policyname)
                        FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = c.relname), '[]') AS policies
       FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'migrations'
      ORDER BY c.relname`,
  );
  return rows;
}
