import 'reflect-metadata';
import { Sql } from '#libs/store/connection/sql.js';
import { Plane } from '../medium/reconcile/plane.js';
import { readFileSync } from 'node:fs';
const counts = new Map<string, { n: number; ms: number }>();
const original = Sql.prototype.query;
Sql.prototype.query = async function (name: string, text: string, values: unknown[] = []) {
  const t = performance.now();
  const r = await original.call(this, name, text, values);
  const c = counts.get(name) ?? { n: 0, ms: 0 };
  c.n++; c.ms += performance.now() - t; counts.set(name, c);
  return r as never;
};
const show = (title: string, per: number) => {
  const all = [...counts].sort((a, b) => b[1].ms - a[1].ms);
  console.log(`== ${title}`);
  console.log(all.slice(0, 14).map(([name, c]) => `${name} ${c.n}x ${((c.ms * 1000) / per).toFixed(0)}us/ch`).join(', '));
  counts.clear();
};
const { ensureTemplateDatabase } = await import('../support/template-database.js');
process.env.PIERHEAD_MASTER_KEY_FILE ??= process.cwd() + '/.parts/keys/master.key';
process.env.TEST_DATABASE_TEMPLATE = await ensureTemplateDatabase(process.cwd(), process.env.TEST_DATABASE_URL!, process.env.PIERHEAD_MASTER_KEY_FILE!);
const { parsePool } = (await import('#libs/domain/network/network-pool.js')) as never as { parsePool?: unknown };
void parsePool;
const plane = await Plane.create();
if (process.env['ALTER']) for (const s of process.env['ALTER'].split(';')) await plane.owner.query(s);
const pids = async () => (await plane.owner.query(`SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)) as { pid: number }[];
const cpu = async () => { let t = 0; for (const { pid } of await pids()) { const s = readFileSync(`/proc/${pid}/stat`, 'utf8'); const f = s.slice(s.lastIndexOf(')') + 2).split(' '); t += (Number(f[11]) + Number(f[12])) * 10; } return t; };
const tenant = await plane.tenant();
for (let i = 0; i < 4; i++) await plane.node();
const template = { image: 'localhost/pierhead/sample:latest' };
const ids: string[] = [];
for (let i = 0; i < 4; i++) {
  const { service } = await plane.services.create(tenant, { name: `s-${i}`, template, naming: 'docker-cloud', replicas: 0, rollout: { kind: 'recreate', parallelism: 0 } });
  ids.push(service.id);
  await plane.services.start(tenant, service.id);
}
await plane.settle();
const scale = async (replicas: number) => { for (const id of ids) await plane.services.update(tenant, id, (spec) => ({ ...spec, replicas, links: [], volumesFrom: [] })); await plane.settle(); };
await scale(200); await scale(0);
const rounds = 5;
let up = 0, down = 0, nodeUp = 0, nodeDown = 0;
const upc = new Map<string, { n: number; ms: number }>(), downc = new Map<string, { n: number; ms: number }>();
const merge = (m: typeof upc) => { for (const [k, v] of counts) { const c = m.get(k) ?? { n: 0, ms: 0 }; c.n += v.n; c.ms += v.ms; m.set(k, c); } counts.clear(); };
for (let r = 0; r < rounds; r++) {
  counts.clear();
  const a = await cpu(), na = process.cpuUsage();
  await scale(200); merge(upc);
  const b = await cpu(), nb = process.cpuUsage();
  await scale(0); merge(downc);
  const c = await cpu(), nc = process.cpuUsage();
  up += b - a; down += c - b;
  nodeUp += nb.user + nb.system - na.user - na.system; nodeDown += nc.user + nc.system - nb.user - nb.system;
}
const n = rounds * 800;
for (const [k, v] of upc) counts.set(k, v); show('up', n);
for (const [k, v] of downc) counts.set(k, v); show('down', n);
console.log(`postgres cpu: up ${(up / n).toFixed(3)} down ${(down / n).toFixed(3)} ms/change; node cpu up ${(nodeUp / n / 1000).toFixed(3)} down ${(nodeDown / n / 1000).toFixed(3)}`);
await plane.close();
