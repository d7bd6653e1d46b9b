import { describeContainers } from './containers.scenarios.js';
import { describeImages } from './images.scenarios.js';
import { type RuntimeLab, RuntimeBench } from './lab.js';
import { describeLifecycle } from './lifecycle.scenarios.js';
import { describeStores } from './stores.scenarios.js';
import { describeStreams } from './streams.scenarios.js';

/** What every runtime driver has to do the same way, on a real engine or in memory. */
export const describeRuntime = (name: string, factory: () => Promise<RuntimeLab>): void => {
  describe(`the ${name} runtime`, () => {
    let lab: RuntimeLab;
    let bench: RuntimeBench;
    beforeAll(async () => {
      lab = await factory();
    });
    afterAll(async () => lab.close?.());
    beforeEach(() => {
      bench = new RuntimeBench(lab);
    });
    afterEach(() => bench.clean());

    const current = () => bench;
    describeImages(current);
    describeContainers(current);
    describeLifecycle(current);
    describeStreams(current);
    describeStores(current);
  });
};
