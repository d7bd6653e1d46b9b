// The least that answers the list of services: Fastify, pg, one prepared statement; nobody is asked who they are.
import Fastify from 'fastify';
import pg from 'pg';

const [port, statements, project, limit] = process.argv.slice(2);
const { rows: rowsText, json: jsonText } = JSON.parse(statements ?? '{}') as { rows: string; json: string };
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL) });
const values = [project, null, Number(limit)];

const app = Fastify();
app.get('/rows', async () => {
  const { rows } = await pool.query({ name: 'rows', text: rowsText, values });
  return { items: rows as unknown[] };
});
app.get('/json', async (_request, reply) => {
  const { rows } = await pool.query<{ body: string }>({ name: 'json', text: jsonText, values });
  return reply.type('application/json; charset=utf-8').send(`{"items":${rows[0]?.body}}`);
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
