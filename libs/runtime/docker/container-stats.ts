import type { RuntimeStats } from '../container.js';

export interface StatsAnswer {
  read?: string;
  cpu_stats?: { cpu_usage?: { total_usage?: number } };
  memory_stats?: { usage?: number; limit?: number; stats?: Record<string, number> | null };
  networks?: Record<string, { rx_bytes: number; tx_bytes: number }> | null;
  blkio_stats?: { io_service_bytes_recursive?: { op: string; value: number }[] | null };
  pids_stats?: { current?: number };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Pages that the kernel drops under pressure are not the container's need; the engines' own clients leave them out. */
const memoryInUse = (memory: StatsAnswer['memory_stats']): number => {
  const usage = memory?.usage ?? 0;
  const reclaimable = memory?.stats?.['total_inactive_file'] ?? memory?.stats?.['inactive_file'] ?? 0;
  return reclaimable < usage ? usage - reclaimable : usage;
};

/** @param machineBytes what a limit has to be below to count as one */
export const toStats = (answer: StatsAnswer, machineBytes: number): RuntimeStats => {
  const networks = Object.values(answer.networks ?? {});
  const blocks = answer.blkio_stats?.io_service_bytes_recursive ?? [];
  const blockBytes = (op: string) =>
    sum(blocks.filter((entry) => entry.op.toLowerCase() === op).map((entry) => entry.value));
  const limit = answer.memory_stats?.limit ?? 0;
  const at = new Date(answer.read ?? NaN);
  return {
    at: Number.isNaN(at.getTime()) || at.getTime() <= 0 ? new Date() : at,
    cpuTotalNs: answer.cpu_stats?.cpu_usage?.total_usage ?? 0,
    memoryBytes: memoryInUse(answer.memory_stats),
    memoryLimitBytes: limit > 0 && limit < machineBytes ? limit : null,
    netRxBytes: sum(networks.map((network) => network.rx_bytes)),
    netTxBytes: sum(networks.map((network) => network.tx_bytes)),
    blkReadBytes: blockBytes('read'),
    blkWriteBytes: blockBytes('write'),
    pids: answer.pids_stats?.current ?? 0,
  };
};
