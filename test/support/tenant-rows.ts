import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';

type Row = Record<string, unknown>;
interface Column {
  name: string;
  type: string;
  nullable: boolean;
  defaulted: boolean;
}
interface Table {
  name: string;
  columns: Column[];
  /** Column of this table → table and column it points to. */
  parents: Record<string, { table: string; column: string }>;
}

let numbers = 0;

const made: Record<string, (table: string) => unknown> = {
  uuid: () => randomUUID(),
  text: (table) => `${table}-${randomBytes(6).toString('hex')}`,
  int4: () => (numbers += 1),
  int8: () => 1,
  bool: () => false,
  float8: () => 1.5,
  inet: () => `10.${[...randomBytes(3)].join('.')}`,
  cidr: () => `10.${[...randomBytes(2)].join('.')}.0/24`,
  jsonb: () => '{}',
  bytea: () => randomBytes(8),
  timestamptz: () => new Date(),
  _text: () => [],
};

/**
 * Makes rows for any table from what the database says of it, so that a table added later is covered by the tests
 * that walk all of them.
 */
export class TenantRows {
  private constructor(
    private readonly client: pg.ClientBase,
    private readonly tables: Map<string, Table>,
  ) {}

  /** @param owner of the database, whom row-level security does not stop */
  static async of(owner: pg.ClientBase): Promise<TenantRows> {
    const { rows } = await owner.query<{ table: string; columns: Column[]; parents: Table['parents'] | null }>(
      `SELECT c.relname AS table,
              json_agg(json_build_object('name', i.column_name, 'type', i.udt_name, 'nullable', i.is_nullable = 'YES',
                'defaulted', i.column_default IS NOT NULL OR i.is_identity = 'YES') ORDER BY i.ordinal_position) AS columns,
              (SELECT json_object_agg(own.attname, json_build_object('table', k.confrelid::regclass::text, 'column', other.attname))
                 FROM pg_constraint k, unnest(k.conkey, k.confkey) AS pair(here, there)
                 JOIN pg_attribute own ON own.attnum = here JOIN pg_attribute other ON other.attnum = there
                WHERE k.conrelid = c.oid AND k.contype = 'f' AND own.attrelid = k.conrelid AND other.attrelid = k.confrelid
                  AND own.attname <> 'organization_id') AS parents
         FROM pg_class c JOIN information_schema.columns i ON i.table_schema = 'public' AND i.table_name = c.relname
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migrations'
        GROUP BY c.oid, c.relname`,
    );
    const tables = rows.map((row) => ({ name: row.table, columns: row.columns, parents: row.parents ?? {} }));
    return new TenantRows(owner, new Map(tables.map((table) => [table.name, table])));
  }

  /** One row in every table for a new organization; returns them by table. */
  async insertAll(): Promise<Map<string, Row>> {
    const organizationId = randomUUID();
    const rows = new Map<string, Row>();
    const insert = async (name: string): Promise<void> => {
      if (rows.has(name)) return;
      if (name !== 'organization') await insert('organization');
      for (const parent of Object.values(this.table(name).parents))
        if (parent.table !== name) await insert(parent.table);
      rows.set(name, await this.insert(this.client, name, this.values(name, organizationId, rows)));
    };
    for (const name of this.tables.keys()) await insert(name);
    return rows;
  }

  /** Values for one more row of a table, below the parents among `rows`. */
  values(name: string, organizationId: unknown, rows: Map<string, Row>): Row {
    const table = this.table(name);
    const values: Row = {};
    for (const column of table.columns) {
      const parent = table.parents[column.name];
      if (column.name === 'organization_id') values[column.name] = organizationId;
      else if (parent) values[column.name] = rows.get(parent.table)?.[parent.column] ?? null;
      else if (column.nullable || column.defaulted) continue;
      else values[column.name] = this.make(name, column);
    }
    if (name === 'organization') values.id = organizationId;
    return values;
  }

  async insert(client: pg.ClientBase, name: string, values: Row): Promise<Row> {
    const columns = Object.keys(values);
    const places = columns.map((_, index) => `$${index + 1}`);
    await client.query(
      `INSERT INTO "${name}" (${columns.map((column) => `"${column}"`).join(', ')}) VALUES (${places.join(', ')})`,
      Object.values(values),
    );
    return values;
  }

  /** Columns by which a row points at another tenant table. */
  parentsOf(name: string): Table['parents'] {
    return this.table(name).parents;
  }

  private make(name: string, column: Column): unknown {
    const make = made[column.type];
    if (!make) throw new Error(`No value is known for ${name}.${column.name} of type ${column.type}.`);
    return make(name);
  }

  private table(name: string): Table {
    const table = this.tables.get(name);
    if (!table) throw new Error(`There is no table ${name}.`);
    return table;
  }
}
