import { type Resident, ThreeNodes } from './support/three-nodes.js';

const startMs = 90_000;

describe('private networks over three nodes', () => {
  let world: ThreeNodes;
  const all: Resident[] = [];

  beforeAll(async () => {
    world = await ThreeNodes.start([101, 102]);
    for (const project of world.projects) {
      for (const at of [0, 1, 2]) all.push(await world.run(project, at, `${project.vni}-${at}`));
      all.push(await world.run(project, 0, `${project.vni}-0b`));
    }
  }, startMs);
  afterAll(() => world.stop(), startMs);

  it('let every container reach every other of its project, on every node', async () => {
    const failed: string[] = [];
    for (const from of all) {
      for (const to of all.filter((one) => one !== from && one.project === from.project)) {
        if (!(await world.reaches(from, to.address))) failed.push(`${from.name} → ${to.name}`);
      }
    }
    expect(failed).toEqual([]);
  }, 60_000);
});
