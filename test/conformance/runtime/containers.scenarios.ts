import { randomUUID } from 'node:crypto';
import { runtimeLabels } from '#libs/runtime/labels.js';
import type { RuntimeBench } from './lab.js';
import { textOf } from './lab.js';

export const describeContainers = (bench: () => RuntimeBench): void => {
  describe('creating', () => {
    it('makes what the template says and shows it', async () => {
      const { driver, lab, scope } = bench();
      const spec = bench().spec({
        command: ['env'],
        environment: [{ name: 'GREETING', value: 'a=b c' }],
        labels: { 'com.example.tier': 'web', 'io.pierhead.node': 'forged' },
        hostname: 'front',
        resources: { memoryBytes: 64 * 1024 * 1024, cpuShares: 512, milliCpu: 500 },
      });
      const id = await driver.create({ ...spec, extraEnvironment: [{ name: 'PEER', value: '10.0.0.1' }] });
      const detail = await driver.inspect(id);
      expect(detail).toMatchObject({
        engineId: id,
        name: spec.name,
        image: lab.image,
        state: 'created',
        pid: null,
        exitCode: null,
        startedAt: null,
        ports: [],
      });
      expect(detail.labels).toMatchObject({ ...spec.labels, 'com.example.tier': 'web', 'io.pierhead.node': scope });
      await driver.start(id);
      expect(await driver.wait(id)).toMatchObject({ exitCode: 0 });
      const { stdout } = await textOf(await driver.logs(id, {}));
      expect(stdout.split('\n')).toEqual(expect.arrayContaining(['GREETING=a=b c', 'PEER=10.0.0.1']));
    });

    it('gives the same container for the same name and labels, and for no others', async () => {
      const { driver } = bench();
      const spec = bench().spec();
      const id = await driver.create(spec);
      expect(await driver.create(spec)).toBe(id);
      const next = { ...spec, labels: { ...spec.labels, [runtimeLabels.generation]: '2' } };
      await expect(driver.create(next)).rejects.toMatchObject({ code: 'conflict' });
      await expect(bench().stranger().create(spec)).rejects.toMatchObject({ code: 'conflict' });
    });

    it('lists its own in every state and nobody else’s', async () => {
      const { driver } = bench();
      const stranger = bench().stranger();
      const created = await driver.create(bench().spec());
      const running = await bench().run();
      const exited = await bench().run({ command: ['true'] });
      await driver.wait(exited);
      const foreign = await stranger.create(bench().spec());
      const states = new Map((await driver.list()).map(({ engineId, state }) => [engineId, state]));
      expect(states).toEqual(
        new Map([
          [created, 'created'],
          [running, 'running'],
          [exited, 'exited'],
        ]),
      );
      expect((await stranger.list()).map(({ engineId }) => engineId)).toEqual([foreign]);
    });

    it('leaves a foreign container alone, by every verb', async () => {
      const { driver } = bench();
      const stranger = bench().stranger();
      const name = bench().name();
      const id = await stranger.create(bench().spec({}, { name }));
      await stranger.start(id);
      const refused = { name: 'RuntimeError', code: 'conflict' };
      for (const key of [id, name]) {
        await expect(driver.remove(key, { force: true, volumes: true })).rejects.toMatchObject(refused);
        await expect(driver.stop(key, { graceMs: 0 })).rejects.toMatchObject(refused);
        await expect(driver.kill(key, 'SIGKILL')).rejects.toMatchObject(refused);
        await expect(driver.pause(key)).rejects.toMatchObject(refused);
        await expect(driver.inspect(key)).rejects.toMatchObject(refused);
        await expect(driver.exec(key, { command: ['true'] })).rejects.toMatchObject(refused);
        await expect(driver.logs(key, {})).rejects.toMatchObject(refused);
      }
      expect(await stranger.inspect(id)).toMatchObject({ state: 'running' });
    });

    it('says that a container is absent, and minds no absent one when removing', async () => {
      const { driver } = bench();
      const absent = randomUUID();
      await expect(driver.inspect(absent)).rejects.toMatchObject({ code: 'not-found' });
      await expect(driver.start(absent)).rejects.toMatchObject({ code: 'not-found' });
      await expect(driver.wait(absent)).rejects.toMatchObject({ code: 'not-found' });
      await expect(driver.logs(absent, {})).rejects.toMatchObject({ code: 'not-found' });
      await driver.remove(absent, { force: true, volumes: true });
    });

    it('publishes ports, the chosen and the free ones, and refuses a taken one', async () => {
      const { driver } = bench();
      const hostPort = 20_000 + Math.floor(Math.random() * 10_000);
      const publish = (port: number | null) => ({
        ports: [{ containerPort: 8080, published: true, hostPort: port }, { containerPort: 9090 }],
      });
      const first = await bench().run(publish(hostPort));
      expect((await driver.inspect(first)).ports).toEqual([
        { containerPort: 8080, protocol: 'tcp', hostAddress: expect.any(String) as string, hostPort },
      ]);
      const second = await bench().run(publish(null));
      const [free] = (await driver.inspect(second)).ports;
      expect(free?.hostPort).toBeGreaterThan(1024);
      const third = await driver.create(bench().spec(publish(hostPort)));
      await expect(driver.start(third)).rejects.toMatchObject({ code: 'conflict' });
      await driver.stop(first, { graceMs: 0 });
      expect((await driver.inspect(first)).ports).toEqual([]);
    });
  });
};
