import { sampleImage } from '#libs/launch/engine/image.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import type { Measure } from '../lab/measure.js';
import { processorMs } from '../lab/processor-time.js';
import { toResult } from '../report/result.js';
import { emptyJobsPerSecond } from './empty-jobs.js';
import { Fleet } from './fleet.js';

const nodes = 8;
const services = 20;
const containersEach = 100;
const wave = services * containersEach;
const jobs = 5_000;
/** All containers are of one project, which needs more addresses than projects get by default. */
const env = { PIERHEAD_NETWORK_PREFIX: '16' };

/** Containers created or removed and observed to be so, per second, with agents that obey at once. */
export const reconcileMeasure: Measure = {
  name: 'reconcile',
  rounds: 5,
  async run(lab, rounds) {
    const parts = { apis: 1, workers: 2, gateways: 0, agents: 0, engineSocket: '/nowhere' };
    // Clearing away what the changes leave is part of their cost.
    const cluster = await lab.cluster({ ...parts, env, tidy: true });
    const fleet = await Fleet.join(cluster, nodes);
    lab.onClose(() => fleet.close());
    const client = cluster.client();
    const uuids = await createServices(client);
    const ours: number[] = [];
    const peer: number[] = [];
    const costs: number[] = [];
    // The first round of either side warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const empty = await emptyJobsPerSecond(cluster.redis.url(), `empty-${round}`, jobs);
      const before = processorMsOf(cluster);
      const up = await scale(client, uuids, containersEach, fleet, 'running');
      const down = await scale(client, uuids, 0, fleet, 'removed');
      if (round === 0) continue;
      costs.push(((processorMsOf(cluster) - before) * 1_000) / (2 * wave));
      ours.push((2 * wave) / (up + down));
      peer.push(empty);
    }
    return [
      toResult({
        name: `reconcile: ${services} services 0 → ${containersEach} → 0 containers, ${nodes} nodes, 2 workers`,
        unit: 'changes/s',
        ours,
        peer: { name: 'BullMQ jobs that do nothing', samples: peer },
        aim: { of: 'ours', bound: 'at-least', value: 5_000 },
      }),
      toResult({ name: 'reconcile: processor time of a change, all parts', unit: 'µs', ours: costs }),
    ];
  },
};

/** Of the platform, its databases and, in this process, the simulated nodes. */
function processorMsOf(cluster: Cluster): number {
  const parts = [...cluster.apis, ...cluster.workers, cluster.postgres, cluster.redis];
  const pids = parts.flatMap(({ name }) => cluster.state.daemon(name).running()?.pid ?? []);
  const { user, system } = process.cpuUsage();
  return pids.reduce((sum, pid) => sum + processorMs(pid), (user + system) / 1_000);
}

async function createServices(client: CloudClient): Promise<string[]> {
  const uuids: string[] = [];
  for (let index = 0; index < services; index++) {
    const body = { name: `moving-${index}`, image: sampleImage, target_num_containers: 1 };
    const { uuid } = await client.ok('POST', '/api/app/v1/service/', body);
    uuids.push(uuid);
  }
  for (const uuid of uuids) await client.ok('POST', `/api/app/v1/service/${uuid}/start/`);
  for (const uuid of uuids) await client.waitForState(`/api/app/v1/service/${uuid}/`, 'Running');
  for (const uuid of uuids) await client.ok('PATCH', `/api/app/v1/service/${uuid}/`, { target_num_containers: 0 });
  await waitFor(() => settled(client), { what: 'The first scaling', timeoutMs: 30_000 });
  return uuids;
}

/** Returns how long it took until every change was observed, in seconds. */
async function scale(
  client: CloudClient,
  uuids: readonly string[],
  target: number,
  fleet: Fleet,
  kind: 'running' | 'removed',
): Promise<number> {
  const before = fleet.changes[kind];
  const began = performance.now();
  const body = { target_num_containers: target };
  await Promise.all(uuids.map((uuid) => client.ok('PATCH', `/api/app/v1/service/${uuid}/`, body)));
  await fleet.until(kind, before + wave);
  const seconds = (performance.now() - began) / 1_000;
  await waitFor(() => settled(client), { what: 'The end of the deployments', timeoutMs: 30_000 });
  return seconds;
}

async function settled(client: CloudClient): Promise<boolean> {
  const { items } = await client.ok<{ items: { state: string }[] }>('GET', '/api/v1/services?limit=200');
  return items.every(({ state }) => state !== 'scaling');
}
