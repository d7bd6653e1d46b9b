import { containerTemplate } from '#libs/domain/container/template.js';
import { RuntimeError } from '../runtime.error.js';
import { FakeEngine } from './fake-engine.js';
import { FakeRuntime } from './fake.driver.js';

const spec = (name: string) => ({
  name,
  template: containerTemplate.parse({ image: 'app:1' }),
  labels: { 'io.pierhead.container': name },
});

describe('the fake runtime’s steering', () => {
  it('crashes a container, tells everyone who waits, and runs it again', async () => {
    const driver = new FakeRuntime('n1', new FakeEngine({ images: ['app:1'] }));
    const id = await driver.create(spec('a'));
    await driver.start(id);
    const waiting = driver.wait(id);
    driver.engine.crash(id, 42);
    expect(await waiting).toMatchObject({ exitCode: 42 });
    await driver.start(id);
    driver.engine.outOfMemory(id);
    expect(await driver.inspect(id)).toMatchObject({ state: 'exited', exitCode: 137, oomKilled: true });
  });

  it('pulls what its registry has, unless it is told to fail', async () => {
    const driver = new FakeRuntime('n1', new FakeEngine({ pullable: ['app'], delays: { pullMs: 1000 } }));
    driver.engine.failPulls('app', new RuntimeError('unauthorized', 'No.'));
    const signal = AbortSignal.timeout(20);
    await expect(driver.pull('app', { policy: 'missing', signal })).rejects.toMatchObject({ code: 'aborted' });
    driver.engine.delays.pullMs = 0;
    await expect(driver.pull('app', { policy: 'missing' })).rejects.toMatchObject({ code: 'unauthorized' });
    driver.engine.failPulls('app', null);
    expect(await driver.pull('app', { policy: 'missing' })).toMatchObject({
      digest: expect.stringMatching(/^sha256:/) as string,
    });
    await expect(driver.pull('other', { policy: 'missing' })).rejects.toMatchObject({ code: 'image-not-found' });
  });

  it('answers nothing while its engine is away, and its containers go on', async () => {
    const driver = new FakeRuntime('n1', new FakeEngine({ images: ['app:1'] }));
    const id = await driver.create(spec('a'));
    await driver.start(id);
    driver.engine.available = false;
    await expect(driver.inspect(id)).rejects.toMatchObject({ code: 'unavailable' });
    driver.engine.available = true;
    expect(await driver.inspect(id)).toMatchObject({ state: 'running' });
  });

  it('holds thousands of containers, each waited for', async () => {
    const driver = new FakeRuntime('n1', new FakeEngine({ images: ['app:1'] }));
    const ids = await Promise.all(Array.from({ length: 3000 }, (_, number) => driver.create(spec(`c${number}`))));
    await Promise.all(ids.map((id) => driver.start(id)));
    const waits = ids.map((id) => driver.wait(id));
    expect(await driver.list()).toHaveLength(3000);
    for (const id of ids) driver.engine.crash(id, 1);
    expect(await Promise.all(waits)).toHaveLength(3000);
  });

  it('ends its streams when it is closed', async () => {
    const driver = new FakeRuntime('n1', new FakeEngine({ images: ['app:1'] }));
    const id = await driver.create(spec('a'));
    await driver.start(id);
    const waiting = driver.wait(id);
    const events = await driver.events(new AbortController().signal);
    await driver.close();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    for await (const _event of events) throw new Error('An event came after the end.');
  });
});
