import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { LaunchError } from '../launch-error.js';

const given = new Set<number>();
const lowest = 12_000;
const highest = 32_000;

/**
 * A TCP port of the loopback address that nobody listens on at this moment. It lies below the range that the system
 * takes for outgoing connections, and is not given twice by one process: whoever asked may not listen on it yet.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A')
    .map((fields) => fields[9] ?? '')
    .filter((inode) => inode !== '' && inode !== '0');
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Who listens on a port of this machine, as far as this user may see. */
export function portOwner(port: number): { pid: number; name: string } | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeningInodes(readOr(path), port)));
  if (inodes.size === 0) return undefined;
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      let target = '';
      try {
        target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        continue;
      }
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode && inodes.has(inode)) return { pid: Number(pid), name: readOr(`/proc/${pid}/comm`).trim() };
    }
  }
  return undefined;
}

/** Throws the sentence that says who has the port and which variable moves ours. */
export async function requirePortFree(port: number, host: string, purpose: string, variable: string): Promise<void> {
  const taken = await new Promise<string | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
  if (taken === undefined) return;
  if (taken !== 'EADDRINUSE') throw new LaunchError(`Port ${port} (${purpose}) can't be listened on: ${taken}.`);
  const owner = portOwner(port);
  const by = owner ? ` by pid ${owner.pid} (${owner.name})` : '';
  throw new LaunchError(
    `Port ${port} (${purpose}) is taken${by}. Stop that, or choose another port with ${variable}=….`,
  );
}
