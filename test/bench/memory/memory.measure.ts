import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { sampleImage } from '#libs/launch/engine/image.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { benchProgram } from '../lab/bench-program.js';
import type { Measure } from '../lab/measure.js';
import { toResult, type Result } from '../report/result.js';

const services = 10;
const containersEach = 100;
const betweenLooksMs = 700;
const kinds = ['api', 'worker', 'gateway', 'agent'] as const;
type Kind = (typeof kinds)[number];

/** Resident memory of each process, at rest and with a thousand containers tracked. */
export const memoryMeasure: Measure = {
  name: 'memory',
  rounds: 5,
  async run(lab, rounds) {
    const cluster = await lab.cluster({
      ...{ apis: 1, workers: 1, gateways: 1, agents: 1, engineSocket: '/nowhere' },
      // Room for an address for each container.
      env: { PIERHEAD_NETWORK_PREFIX: '20' },
      agentEntry: benchProgram(new URL('./agent-with-fake.ts', import.meta.url)),
    });
    const atRest = await looks(cluster, rounds);
    await track(cluster.client());
    const tracking = await looks(cluster, rounds);
    return kinds.flatMap((kind) => [
      line(kind, 'at rest', atRest[kind]),
      line(kind, `${services * containersEach} containers`, tracking[kind]),
    ]);
  },
};

const line = (kind: Kind, when: string, ours: number[]): Result =>
  toResult({
    name: `memory: ${kind}, ${when}`,
    unit: 'MiB',
    ours,
    aim: { of: 'ours', bound: 'at-most', value: kind === 'agent' ? 90 : 160 },
  });

async function looks(cluster: Cluster, count: number): Promise<Record<Kind, number[]>> {
  const parts = { api: cluster.apis, worker: cluster.workers, gateway: cluster.gateways, agent: cluster.agents };
  const seen: Record<Kind, number[]> = { api: [], worker: [], gateway: [], agent: [] };
  for (let look = 0; look < count; look++) {
    await delay(betweenLooksMs);
    for (const kind of kinds) {
      const pid = cluster.state.daemon(parts[kind][0]?.name ?? '').running()?.pid;
      if (pid === undefined) throw new Error(`The ${kind} does not run.`);
      seen[kind].push(residentMiB(readFileSync(`/proc/${pid}/status`, 'utf8')));
    }
  }
  return seen;
}

function residentMiB(status: string): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error('The process has no resident memory.');
  return Number(kib) / 1_024;
}

async function track(client: CloudClient): Promise<void> {
  for (let index = 0; index < services; index++) {
    const { uuid } = await client.ok('POST', '/api/app/v1/service/', {
      name: `tracked-${index}`,
      image: sampleImage,
      target_num_containers: containersEach,
    });
    await client.ok('POST', `/api/app/v1/service/${uuid}/start/`);
    await client.waitForState(`/api/app/v1/service/${uuid}/`, 'Running');
  }
}
