import { serverKey, type EdgeModel } from '../compile/model.js';
import type { ServerSlot } from './tables.js';

const columns = [
  'be_id',
  'be_name',
  'srv_id',
  'srv_name',
  'srv_addr',
  'srv_op_state',
  'srv_admin_state',
  'srv_uweight',
  'srv_iweight',
  'srv_time_since_last_change',
  'srv_check_status',
  'srv_check_result',
  'srv_check_health',
  'srv_check_state',
  'srv_agent_state',
  'bk_f_forced_id',
  'srv_f_forced_id',
  'srv_fqdn',
  'srv_port',
  'srvrecord',
  'srv_use_ssl',
  'srv_check_port',
  'srv_check_addr',
  'srv_agent_addr',
  'srv_agent_port',
];

/**
 * The state file of the next worker: only that a server’s health check fails is carried over, for servers that stay.
 * Without it a dead container would get requests again until its checks fail anew. Everything else the configuration
 * says itself, and says it newer.
 */
export function carriedStates(running: ReadonlyMap<string, readonly ServerSlot[]>, model: EdgeModel): string {
  const rows = model.backends.flatMap((backend) => {
    const slots = running.get(backend.name) ?? [];
    const down = new Set(slots.filter(({ up, maintenance }) => !up && !maintenance).map(serverKey));
    if (backend.healthCheck.kind === 'none') return [];
    return backend.servers.flatMap((server, index) =>
      down.has(serverKey(server)) ? [row(backend.name, index + 1, server)] : [],
    );
  });
  return `1\n# ${columns.join(' ')}\n${rows.map((each) => `${each}\n`).join('')}`;
}

const row = (backend: string, number: number, server: { address: string; port: number; weight: number }): string =>
  `0 ${backend} ${number} s${number} ${server.address} 0 0 ${server.weight} ${server.weight} ` +
  `0 8 2 0 6 0 0 0 - ${server.port} - 0 0 - - 0`;
