import { setTimeout as delay } from 'node:timers/promises';
import { sampleImage } from '#libs/launch/engine/image.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import type { Measure } from '../lab/measure.js';
import { toResult } from '../report/result.js';
import { idle, inParallel, RawEngine } from '../lab/raw-engine.js';

const network = 'bench-recover';
const lookEveryMs = 4;
const timeoutMs = 20_000;

/** From SIGKILL for a container's process to its next process, as the engine shows it. */
export const recoverMeasure: Measure = {
  name: 'recover',
  rounds: 9,
  async run(lab, rounds) {
    const client = (await lab.platform()).client();
    const raw = new RawEngine((await lab.podman()).socketPath());
    lab.onClose(() => Promise.resolve(raw.close()));
    await raw.network(network);
    // One container per round: the wait before a second restart is the policy's, not the platform's speed.
    const peers = await inParallel(
      4,
      Array.from(
        { length: rounds },
        (_, round) => () => raw.run({ name: `always-${round}`, network, restart: 'always' }),
      ),
    );
    const service = await runningService(client, rounds);
    const ours: number[] = [];
    const peer: number[] = [];
    for (let round = 0; round < rounds; round++) {
      peer.push(await killed(raw, peers[round] ?? ''));
      ours.push(await killed(raw, service.engineIds[round] ?? ''));
    }
    await inParallel(
      4,
      peers.map((id) => () => raw.remove(id)),
    );
    await raw.removeNetwork(network);
    await client.ok('DELETE', `/api/app/v1/service/${service.uuid}/`);
    await raw.killAll();
    await client.waitForState(`/api/app/v1/service/${service.uuid}/`, 'Terminated');
    return [
      toResult({
        name: 'recover: kill -9 to running again',
        unit: 'ms',
        ours,
        peer: { name: 'Podman’s own policy "always"', samples: peer },
        aim: { of: 'ours', bound: 'at-most', value: 260 },
      }),
    ];
  },
};

async function runningService(client: CloudClient, size: number): Promise<{ uuid: string; engineIds: string[] }> {
  const { uuid } = await client.ok('POST', '/api/app/v1/service/', {
    name: 'recover',
    image: sampleImage,
    run_command: idle.join(' '),
    target_num_containers: size,
    autorestart: 'ALWAYS',
  });
  await client.ok('POST', `/api/app/v1/service/${uuid}/start/`);
  await client.waitForState(`/api/app/v1/service/${uuid}/`, 'Running');
  const containers = await client.list(`/api/app/v1/container/?service=/api/app/v1/service/${uuid}/&limit=100`);
  return { uuid, engineIds: containers.map((container) => String(container.docker_id)) };
}

async function killed(raw: RawEngine, id: string): Promise<number> {
  const before = await raw.state(id);
  if (!before.running || before.pid <= 1) throw new Error(`The container ${id} does not run.`);
  const began = performance.now();
  process.kill(before.pid, 'SIGKILL');
  for (;;) {
    const { running, pid } = await raw.state(id);
    if (running && pid !== before.pid) return performance.now() - began;
    if (performance.now() - began > timeoutMs) throw new Error(`The container ${id} did not come back.`);
    await delay(lookEveryMs);
  }
}
