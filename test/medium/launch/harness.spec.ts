import pg from 'pg';
import { createTestDatabase } from '../../support/database.js';

// real: postgres
describe('a test database', () => {
  it('is cloned, used and dropped', async () => {
    const database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    await client.end();
    await database.drop();
    expect(rows[0]?.name).toBe(database.name);
  });
});
