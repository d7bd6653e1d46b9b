/** A server of a running backend. */
export interface ServerSlot {
  name: string;
  address: string;
  port: number;
  weight: number;
  /** Takes no requests because it was told so; false also when its health check fails. */
  maintenance: boolean;
  /** Its health check says that it answers. */
  up: boolean;
}

export interface Worker {
  pid: number;
  /** Reloads since it began; 0 for the one that takes new connections. */
  reloads: number;
}

/** Told at run time, by configuration (which stays noted for good and so says nothing), or by what it follows. */
const maintenanceFlags = 0x01 | 0x02 | 0x20;

/** Of `show servers state`: backend → its servers. */
export function serverSlots(text: string): Map<string, ServerSlot[]> {
  const backends = new Map<string, ServerSlot[]>();
  for (const row of text.split('\n')) {
    const field = row.split(' ');
    const [, backend, , name, address, state, admin, weight] = field;
    const port = Number(field[18]);
    if (!backend || !name || !address || !/^\d+ /.test(row) || !Number.isInteger(port)) continue;
    const slot: ServerSlot = {
      name,
      address,
      port,
      weight: Number(weight),
      maintenance: (Number(admin) & maintenanceFlags) !== 0,
      up: Number(state) === 2,
    };
    const slots = backends.get(backend);
    if (slots) slots.push(slot);
    else backends.set(backend, [slot]);
  }
  return backends;
}

/** Of `show stat`: "backend/server" → sessions and requests under way. */
export function sessionCounts(text: string): Map<string, number> {
  const [header = '', ...rows] = text.split('\n').filter((row) => row.trim());
  const columns = header.replace(/^# /, '').split(',');
  const [backend, server, current] = ['pxname', 'svname', 'scur'].map((name) => columns.indexOf(name));
  const counts = new Map<string, number>();
  if (backend === undefined || server === undefined || current === undefined || current < 0) return counts;
  for (const row of rows) {
    const fields = row.split(',');
    counts.set(`${fields[backend]}/${fields[server]}`, Number(fields[current] ?? 0) || 0);
  }
  return counts;
}

/** Of the master’s `show proc`, the one that takes new connections first. */
export function workers(text: string): Worker[] {
  const found: Worker[] = [];
  for (const row of text.split('\n')) {
    const [pid, type, reloads] = row.trim().split(/\s+/);
    if (type === 'worker') found.push({ pid: Number(pid), reloads: Number(reloads) });
  }
  return found.sort((a, b) => a.reloads - b.reloads);
}

/** Of `show info`: name → value. */
export function facts(text: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const row of text.split('\n')) {
    const split = row.indexOf(': ');
    if (split > 0) pairs.set(row.slice(0, split), row.slice(split + 2).trim());
  }
  return pairs;
}

/** Of `show map`: key → value. */
export function mapEntries(text: string): Map<string, string> {
  const entries = new Map<string, string>();
  for (const row of text.split('\n')) {
    const [pointer, key, value] = row.trim().split(/\s+/);
    if (pointer?.startsWith('0x') && key !== undefined) entries.set(key, value ?? '');
  }
  return entries;
}

/** Of `show ssl crt-list -n`: the lines of a list, with their numbers. */
export function listedCertificates(text: string): { file: string; number: number; serverName: string | null }[] {
  const found: { file: string; number: number; serverName: string | null }[] = [];
  for (const row of text.split('\n')) {
    const match = /^(\/.*?):(\d+)((?: .*)?)$/.exec(row.trim());
    if (!match) continue;
    const name = (match[3] ?? '').replace(/\[.*?\]/, '').trim();
    found.push({ file: match[1] ?? '', number: Number(match[2]), serverName: name || null });
  }
  return found;
}
