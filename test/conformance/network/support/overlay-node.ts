// One node's agent without a session, in the network that it is started in: reads orders from its input, a JSON line
// each, and writes what came of them. Ends with its input; containers and networks stay.
import { createInterface } from 'node:readline';
import { assignment } from '#apps/agent/testing/node-fixture.js';
import { ObservedNode } from '#apps/agent/testing/observed-node.js';
import { Overlay } from '#apps/agent/network/overlay.js';
import { findPlace, overlayRefusal } from '#apps/agent/network/overlay.place.js';
import { ShellKernel } from '#apps/agent/network/shell.kernel.js';
import { FileStateStore } from '#apps/agent/state/file.state-store.js';
import { ImageGrants } from '#apps/agent/state/image-grants.js';
import { createLog } from '#libs/platform/log.js';
import { DockerDriver } from '#libs/runtime/docker/docker.driver.js';
import type { NodeOptions, Order } from './overlay-node.client.js';

const options = JSON.parse(process.argv[2] ?? '') as NodeOptions;
const log = createLog('test', 'warn');
const kernel = new ShellKernel();
const refusal = await overlayRefusal(kernel);
if (refusal) throw new Error(refusal);
const driver = new DockerDriver({ socketPath: options.engineSocket, scope: options.nodeId });
const overlay = new Overlay({
  kernel,
  driver,
  place: await findPlace(kernel, options.nodeId, options.underlayAddress),
  docker: (await driver.info()).engine === 'docker',
  file: `${options.folder}/network.json`,
  log,
  timing: { lookEveryMs: 1_000, retryMs: 500 },
  nameServers: () => Promise.resolve(options.nameServers),
});
const store = new FileStateStore(options.folder, log);
const node = new ObservedNode(driver, store, new Map(), new ImageGrants(null), overlay);
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
await overlay.start();
await node.converger.start();
let generation = node.converger.heldGeneration;

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'network':
      return overlay.receive(order.state);
    case 'run': {
      const wanted = order.containers.map(({ template, ...rest }) =>
        assignment({ ...rest, template: { image: options.image, stopGraceMs: 0, ...template } }),
      );
      await node.converger.applyChange(++generation, wanted);
      await Promise.all(wanted.map(({ containerId }) => node.reaches(containerId, 'running', 1, 20_000)));
      return wanted.map(({ containerId }) => ({
        engineId: node.engineIdOf(containerId),
        address: node.last(containerId)?.address,
      }));
    }
    case 'remove': {
      const gone = order.containerIds.map((containerId) =>
        assignment({ containerId, projectId: order.projectId, desired: 'removed', generation: 9, template: null }),
      );
      await node.converger.applyChange(++generation, gone);
      await Promise.all(gone.map(({ containerId }) => node.reaches(containerId, 'removed', 1, 20_000)));
      return null;
    }
    case 'probe':
      return overlay.probe.results;
    case 'problems':
      return overlay.problems();
  }
}

say({ id: 0, result: 'ready' });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order & { id: number };
  obey(order).then(
    (result) => say({ id: order.id, result }),
    (error: Error) => say({ id: order.id, error: error.stack }),
  );
}
await node.converger.close();
await overlay.stop();
await driver.close();
process.exit(0);
