import { readFileSync, readdirSync } from 'node:fs';
import { Lab } from './lab/lab.js';
import { Fleet } from './reconcile/fleet.js';
import { sampleImage } from '#libs/launch/engine/image.js';
import { waitFor } from '#libs/launch/process/wait.js';

let fleetClose: () => Promise<void> = async () => undefined;
const lab = new Lab(() => undefined);
const rounds = Number(process.argv[2] ?? 3);
const cluster = await lab.cluster({ apis: 1, workers: 2, gateways: 0, agents: 0, engineSocket: '/nowhere', env: { PIERHEAD_NETWORK_PREFIX: '16' }, processes: !process.env['STATEMENTS'] });
if (process.env['STATEMENTS']) {
  await cluster.ledger.rows(`ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`, []);
  await cluster.ledger.close?.();
  await cluster.postgres.stop(); await cluster.postgres.start();
  await cluster.startProcesses();
}
process.on('uncaughtException', (e) => { console.log(e); void lab.close().finally(() => process.exit(1)); });
process.on('SIGTERM', () => void lab.close().finally(() => process.exit(1)));
const stat = (pid: number) => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const f = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { ppid: Number(f[1]), cpu: (Number(f[11]) + Number(f[12])) * 10, dead: (Number(f[13]) + Number(f[14])) * 10 };
  } catch { return null; }
};
const cmd = (pid: number) => { try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0/g, ' '); } catch { return ''; } };
const folder = cluster.state.file('').replace(/\/$/, '');
const env = (pid: number) => { try { return readFileSync(`/proc/${pid}/environ`, 'utf8'); } catch { return ''; } };
const masterKey = cluster.state.file('keys', 'master.key');
const sample = () => {
  const all = readdirSync('/proc').filter((n) => /^\d+$/.test(n)).map(Number);
  const sums: Record<string, number> = { worker: 0, api: 0, postgres: 0, redis: 0, fleet: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000 };
  const postmaster = all.find((pid) => cmd(pid).includes('bin/postgres') && cmd(pid).includes(`port=${new URL(cluster.postgres.url()).port} `));
  for (const pid of all) {
    const s = stat(pid); if (!s) continue;
    const c = cmd(pid);
    if (pid === postmaster) { sums['postgres']! += s.cpu + s.dead; continue; }
    if (s.ppid === postmaster) { sums['postgres']! += s.cpu; continue; }
    if (c.includes('redis-server') && env(pid) !== undefined && c.includes(String(new URL(cluster.redis.url()).port))) { sums['redis']! += s.cpu; continue; }
    for (const kind of ['worker', 'api']) if (c.includes(`apps/${kind}/main.js`) && env(pid).includes(masterKey)) sums[kind]! += s.cpu;
  }
  return sums;
};
try {
const fleet = await Fleet.join(cluster, 8);
fleetClose = () => fleet.close();
const client = cluster.client();
var uuids: string[] = [];
for (let i = 0; i < 20; i++) uuids.push((await client.ok<{ uuid: string }>('POST', '/api/app/v1/service/', { name: `m-${i}`, image: sampleImage, target_num_containers: 1 })).uuid);
for (const u of uuids) await client.ok('POST', `/api/app/v1/service/${u}/start/`);
for (const u of uuids) await client.waitForState(`/api/app/v1/service/${u}/`, 'Running');
for (const u of uuids) await client.ok('PATCH', `/api/app/v1/service/${u}/`, { target_num_containers: 0 });
const settled = async () => (await client.ok<{ items: { state: string }[] }>('GET', '/api/v1/services?limit=200')).items.every(({ state }) => state !== 'scaling');
await waitFor(settled, { what: 'first', timeoutMs: 60000 });
const scale = async (target: number, kind: 'running' | 'removed') => {
  const before = fleet.changes[kind];
  const t = performance.now();
  await Promise.all(uuids.map((u) => client.ok('PATCH', `/api/app/v1/service/${u}/`, { target_num_containers: target })));
  await fleet.until(kind, before + 2000);
  const s = performance.now() - t;
  await waitFor(settled, { what: 'end', timeoutMs: 60000 });
  return s;
};
if (process.env['STATEMENTS']) { await cluster.ledger.rows('CREATE EXTENSION IF NOT EXISTS pg_stat_statements', []); await cluster.ledger.rows('SELECT pg_stat_statements_reset()', []); }
for (let r = 0; r <= rounds; r++) {
  const a = sample();
  const up = await scale(100, 'running');
  const b = sample();
  const down = await scale(0, 'removed');
  const c = sample();
  const d = (x: Record<string, number>, y: Record<string, number>) => Object.fromEntries(Object.keys(x).map((k) => [k, Math.round(y[k]! - x[k]!)]));
  const total = (o: Record<string, number>) => Object.values(o).reduce((p, q) => p + q, 0);
  console.log(`round ${r}: ${Math.round(4000 / ((up + down) / 1000))}/s up ${Math.round(up)} ms down ${Math.round(down)} ms; cpu up ${JSON.stringify(d(a, b))} = ${(total(d(a, b)) / 2000).toFixed(3)} ms/change; down ${JSON.stringify(d(b, c))} = ${(total(d(b, c)) / 2000).toFixed(3)}`);
}
if (process.env['STATEMENTS']) {
  const rows = await cluster.ledger.rows<{ calls: number; ms: number; rows: number; q: string }>(`SELECT calls::int, total_exec_time::int AS ms, rows::int, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) AS q FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 30`, []).catch((e) => { console.log(String(e)); return []; });
  for (const row of rows) console.log(`${row.ms} ms ${row.calls}x rows ${row.rows} ${row.q}`);
}
} finally { await fleetClose(); await lab.close(); }
