import type { ContainerTemplate } from '#libs/domain/container/template.js';
import { FakeEngine } from '#libs/runtime/fake/fake-engine.js';
import { FakeRuntime } from '#libs/runtime/fake/fake.driver.js';
import { ImageGrants } from '../state/image-grants.js';
import { assignment, image } from '../testing/node-fixture.js';
import { ImageHook } from './image.hook.js';
import type { HookContainer } from './runtime.hook.js';

const container = (pullPolicy: ContainerTemplate['pullPolicy'], retrying = false): HookContainer => {
  const given = assignment({ template: { pullPolicy } });
  if (!given.template) throw new Error('It has a template.');
  return {
    ...{ id: given.containerId, assignment: given, template: given.template, imageId: null, retrying },
    signal: new AbortController().signal,
    sharesProject: () => false,
    neighbours: () => [],
    pulling: () => undefined,
    health: () => undefined,
    gone: () => undefined,
  };
};

describe('the image of containers that follow one another', () => {
  let hook: ImageHook;
  let asked: number;
  beforeEach(() => {
    asked = 0;
    const driver = new FakeRuntime('node', new FakeEngine({ images: [image], pullable: [image] }));
    const { pull } = driver;
    driver.pull = (reference, options) => {
      asked += 1;
      return pull(reference, options);
    };
    hook = new ImageHook(driver, new ImageGrants(null));
  });

  it('is looked for once', async () => {
    const first = await hook.prepare(container('missing'));
    expect(await hook.prepare(container('missing'))).toEqual(first);
    expect(asked).toBe(1);
  });

  it('is looked for again by one that could not be made', async () => {
    await hook.prepare(container('missing'));
    await hook.prepare(container('missing', true));
    expect(asked).toBe(2);
  });

  it('is looked for once also by several that could not be made and come together', async () => {
    await hook.prepare(container('missing'));
    await Promise.all([1, 2, 3].map(() => hook.prepare(container('missing', true))));
    expect(asked).toBe(2);
  });

  it('is pulled for each that wants it pulled', async () => {
    await hook.prepare(container('always'));
    const once = asked;
    await hook.prepare(container('always'));
    expect(asked).toBe(2 * once);
  });
});
