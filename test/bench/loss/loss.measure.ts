import { waitFor } from '#libs/launch/process/wait.js';
import type { Cluster } from '#libs/testing/cluster/cluster.js';
import { Lab as Machines } from '#libs/testing/lab/lab.js';
import type { Measure } from '../lab/measure.js';
import { toResult } from '../report/result.js';

const replicas = 6;
const nodes = 3;
const timeoutMs = 60_000;

/** From the moment a machine of three loses its power until everything that ran there runs elsewhere. */
export const lossMeasure: Measure = {
  name: 'loss',
  rounds: 5,
  async run(lab, rounds) {
    const machines = await Machines.start({ nodes, say: lab.say });
    lab.onClose(() => machines.stop());
    const cluster = await machines.platform({ env: settings });
    await runningService(cluster);
    const ours: number[] = [];
    for (let round = 0; round < rounds; round++) ours.push(await lost(machines, cluster, (round % nodes) + 1));
    return [
      toResult({
        name: 'loss: a node without power to running elsewhere',
        unit: 'ms',
        ours,
        aim: { of: 'ours', bound: 'at-most', value: 6_000 },
      }),
    ];
  },
};

/** No credential is slowed down by what is measured; every timer of nodes is the default. */
const settings = { PIERHEAD_RATE_LIMIT_PER_MINUTE: '100000000' };

async function runningService(cluster: Cluster): Promise<void> {
  const client = cluster.client();
  const { uuid } = await client.ok('POST', '/api/app/v1/service/', {
    name: 'web',
    image: 'localhost/pierhead/sample:latest',
    target_num_containers: replicas,
  });
  await client.ok('POST', `/api/app/v1/service/${uuid}/start/`);
  await client.waitForState(`/api/app/v1/service/${uuid}/`, 'Running');
}

async function lost(machines: Machines, cluster: Cluster, number: number): Promise<number> {
  const others = machines.nodes.filter((node) => node.number !== number);
  const runningOn = async (node: (typeof others)[number]) =>
    (await machines.engine(node).containers()).filter((one) => one.state === 'running').length;
  const elsewhere = async () => (await Promise.all(others.map(runningOn))).reduce((sum, running) => sum + running, 0);
  // Something has to be lost.
  if ((await elsewhere()) === replicas) await spread(cluster, async () => (await elsewhere()) < replicas);
  await machines.node(number).powerOff();
  const began = performance.now();
  await waitFor(async () => (await elsewhere()) === replicas, {
    what: 'Everything running on the other nodes',
    timeoutMs,
    intervalMs: 10,
  });
  const tookMs = performance.now() - began;
  await machines.node(number).powerOn();
  await cluster.agents[number - 1]?.start();
  await waitFor(async () => (await runningOn(machines.node(number))) === 0 && (await ready(cluster)), {
    what: 'The return of the node',
    timeoutMs,
    intervalMs: 50,
  });
  return tookMs;
}

const ready = async (cluster: Cluster): Promise<boolean> => {
  const rows = await cluster.ledger.rows<{ state: string }>('SELECT state FROM node');
  return rows.every((row) => row.state === 'ready');
};

async function spread(cluster: Cluster, until: () => Promise<boolean>): Promise<void> {
  const [project] = await cluster.ledger.rows<{ id: string }>(
    'SELECT p.id FROM project p JOIN service s ON s.project_id = p.id LIMIT 1',
  );
  await cluster.native().ok('POST', `/projects/${project?.id}/rebalance`, {});
  await waitFor(until, { what: 'Containers on every node', timeoutMs, intervalMs: 50 });
  await cluster.ledger.untilActionsEnded();
}
