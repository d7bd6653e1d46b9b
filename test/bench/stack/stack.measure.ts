import { sampleImage } from '#libs/launch/engine/image.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { CloudClient } from '#libs/testing/cluster/cloud-client.js';
import { CloudSocket, type SocketFrame } from '#libs/testing/cluster/cloud-socket.js';
import type { Measure } from '../lab/measure.js';
import { toResult } from '../report/result.js';
import { idle, inParallel, RawEngine } from '../lab/raw-engine.js';

const size = 10;
/** As many starts as an agent has under way. */
const parallel = 4;
const timeoutMs = 60_000;

/** From the POST of a stack of ten services to ten containers that the API shows as running. */
export const stackMeasure: Measure = {
  name: 'stack',
  rounds: 7,
  async run(lab, rounds) {
    const client = (await lab.platform()).client();
    const raw = new RawEngine((await lab.podman()).socketPath());
    lab.onClose(() => Promise.resolve(raw.close()));
    const ours: number[] = [];
    const peer: number[] = [];
    // The first round of either side fills caches and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const turn = [await rawRound(raw, round), await platformRound(client, raw, round)] as const;
      if (round === 0) continue;
      peer.push(turn[0]);
      ours.push(turn[1]);
    }
    return [
      toResult({
        name: 'stack: POST of 10 services to 10 running',
        unit: 'ms',
        ours,
        peer: { name: 'Podman’s socket, 4 at once', samples: peer },
        aim: { of: 'ratio', bound: 'at-most', value: 1.15 },
      }),
    ];
  },
};

async function platformRound(client: CloudClient, raw: RawEngine, round: number): Promise<number> {
  // Told by events: asking every few milliseconds would take the time of what is measured.
  const events = await CloudSocket.open(client, '/api/audit/v1/events');
  const began = performance.now();
  const stack = await client.ok('POST', '/api/app/v1/stack/', {
    name: `bench-${round}`,
    services: Array.from({ length: size }, (_, index) => ({
      name: `part-${index}`,
      image: sampleImage,
      command: idle.join(' '),
    })),
  });
  await client.ok('POST', `/api/app/v1/stack/${stack.uuid}/start/`);
  await events.until(() => running(events.frames) === size, timeoutMs);
  const took = performance.now() - began;
  events.close();
  await checkAllRun(client);
  await client.ok('DELETE', `/api/app/v1/stack/${stack.uuid}/`);
  await raw.killAll();
  await client.waitForState(`/api/app/v1/stack/${stack.uuid}/`, 'Terminated');
  // The agent takes the project's network away after the last container.
  await waitFor(async () => (await raw.ids()).length === 0, { what: 'The end of a stack', timeoutMs });
  return took;
}

/** How many containers were said to run. */
const running = (frames: readonly SocketFrame[]): number =>
  new Set(
    frames.flatMap(({ type, state, resource_uri: uri }) => (type === 'container' && state === 'Running' ? [uri] : [])),
  ).size;

async function checkAllRun(client: CloudClient): Promise<void> {
  const containers = await client.list('/api/app/v1/container/?state=Running');
  if (containers.length !== size) throw new Error(`${containers.length} containers run, not ${size}.`);
}

/** The same containers in a network of their own. */
async function rawRound(raw: RawEngine, round: number): Promise<number> {
  const network = `bench-raw-${round}`;
  const began = performance.now();
  await raw.network(network);
  const ids = await inParallel(
    parallel,
    Array.from({ length: size }, (_, index) => () => raw.run({ name: `raw-${round}-${index}`, network })),
  );
  const took = performance.now() - began;
  await inParallel(
    parallel,
    ids.map((id) => () => raw.remove(id)),
  );
  await raw.removeNetwork(network);
  return took;
}
