import { ensurePackages, trafficPackages } from '#libs/launch/debian/packages.js';
import { sampleImage } from '#libs/launch/engine/image.js';
import type { RunOptions, RunResult } from '#libs/launch/process/run.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import { Lab as Machines } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import type { Measure } from '../lab/measure.js';
import { toResult } from '../report/result.js';
import { throughput, type Peer } from './throughput.js';

const seconds = 2;

/**
 * Bytes from a container on one machine to a container of the same project on another, over the project's private
 * network, against the same program between the two machines themselves.
 */
export const overlayMeasure: Measure = {
  name: 'overlay',
  rounds: 7,
  async run(lab, rounds) {
    await ensurePackages(trafficPackages, lab.say);
    const machines = await Machines.start({ nodes: 2, say: lab.say });
    lab.onClose(() => machines.stop());
    const cluster = await machines.platform();
    await onePerNode(cluster.client());
    const [from, to] = await Promise.all([container(machines, 1), container(machines, 2)]);
    const bare: [Peer, Peer] = [machine(machines.node(1)), machine(machines.node(2))];
    const ours: number[] = [];
    const peer: number[] = [];
    // The first round of either side learns addresses and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const turn = [await throughput(...bare, seconds), await throughput(from, to, seconds)] as const;
      if (round === 0) continue;
      peer.push(turn[0]);
      ours.push(turn[1]);
    }
    return [
      toResult({
        name: 'overlay: container to container on another node',
        unit: 'Gbit/s',
        ours,
        peer: { name: 'node to node, bare link', samples: peer },
      }),
    ];
  },
};

async function onePerNode(client: CloudClient): Promise<void> {
  const { resource_uri: uri } = await client.ok('POST', '/api/app/v1/service/', {
    name: 'end',
    image: sampleImage,
    target_num_containers: 2,
    deployment_strategy: 'HIGH_AVAILABILITY',
  });
  await client.ok('POST', `${uri}start/`);
  await client.waitForState(uri, 'Running');
}

const machine = (node: LabNode): Peer => ({ address: node.address, run: node.run.bind(node) });

/** The one that runs on the node: programs run in its network, so that packets take its way. */
async function container(machines: Machines, number: number): Promise<Peer> {
  const node = machines.node(number);
  const running = (await machines.engine(node).containers()).filter(({ state }) => state === 'running');
  const [one] = running;
  if (!one || running.length > 1) throw new Error(`${running.length} containers run on ${node.name}, not one.`);
  const run = (command: string, args: readonly string[], options?: RunOptions): Promise<RunResult> =>
    node.runIn(one.id, command, args, options);
  const { stdout } = await run('ip', ['-o', '-4', 'address', 'show', 'eth0']);
  const address = /inet ([\d.]+)/.exec(stdout)?.[1];
  if (!address) throw new Error(`The container on ${node.name} has no private address.`);
  return { address, run };
}
