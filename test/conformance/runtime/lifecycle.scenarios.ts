import type { RuntimeEvent } from '#libs/runtime/container.js';
import type { RuntimeBench } from './lab.js';
import { eventually, readUntil } from './lab.js';

export const describeLifecycle = (bench: () => RuntimeBench): void => {
  describe('life of a container', () => {
    it('runs, ends with its code, and runs again', async () => {
      const { driver } = bench();
      const id = await bench().run({ command: ['sh', '-c', 'exit 7'] });
      expect(await driver.wait(id)).toMatchObject({ exitCode: 7 });
      const ended = await driver.inspect(id);
      expect(ended).toMatchObject({ state: 'exited', exitCode: 7, pid: null, oomKilled: false });
      expect(ended.finishedAt?.getTime()).toBeGreaterThanOrEqual(ended.startedAt?.getTime() ?? NaN);
      await driver.start(id);
      expect(await driver.wait(id)).toMatchObject({ exitCode: 7 });
      expect((await driver.inspect(id)).startedAt?.getTime()).toBeGreaterThanOrEqual(ended.startedAt?.getTime() ?? NaN);
    });

    it('starting and stopping twice does nothing more', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const { pid, address } = await driver.inspect(id);
      expect(pid).toBeGreaterThan(0);
      expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      await driver.start(id);
      expect((await driver.inspect(id)).pid).toBe(pid);
      await driver.stop(id, { graceMs: 0 });
      expect(await driver.inspect(id)).toMatchObject({ state: 'exited', exitCode: 137 });
      await driver.stop(id, { graceMs: 0 });
      await expect(driver.kill(id, 'SIGTERM')).rejects.toMatchObject({ code: 'conflict' });
    });

    it('asks a process to end before it makes it', async () => {
      const { driver } = bench();
      const polite = await bench().run({
        command: ['sh', '-c', 'trap "exit 3" TERM; echo up; while :; do sleep 0.05; done'],
      });
      const logs = await driver.logs(polite, { follow: true });
      await readUntil(logs[Symbol.asyncIterator](), 'up');
      await driver.stop(polite, { graceMs: 5000 });
      expect((await driver.inspect(polite)).exitCode).toBe(3);

      const stubborn = await bench().run({
        command: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 0.05; done'],
      });
      await readUntil((await driver.logs(stubborn, { follow: true }))[Symbol.asyncIterator](), 'up');
      const before = Date.now();
      await driver.stop(stubborn, { graceMs: 300 });
      expect(Date.now() - before).toBeGreaterThanOrEqual(290);
      expect((await driver.inspect(stubborn)).exitCode).toBe(137);
    });

    it('pauses, goes on, and stops a paused one', async () => {
      const { driver } = bench();
      const id = await bench().run();
      await driver.pause(id);
      expect(await driver.inspect(id)).toMatchObject({ state: 'paused' });
      expect((await driver.list()).map(({ state }) => state)).toEqual(['paused']);
      await driver.unpause(id);
      expect(await driver.inspect(id)).toMatchObject({ state: 'running' });
      await driver.pause(id);
      await driver.stop(id, { graceMs: 0 });
      expect(await driver.inspect(id)).toMatchObject({ state: 'exited' });
    });

    it('removes a running container only by force', async () => {
      const { driver } = bench();
      const id = await bench().run();
      await expect(driver.remove(id, { force: false, volumes: true })).rejects.toMatchObject({ code: 'conflict' });
      await driver.remove(id, { force: true, volumes: true });
      await expect(driver.inspect(id)).rejects.toMatchObject({ code: 'not-found' });
      expect(await driver.list()).toEqual([]);
    });

    it('gives a wait up when told', async () => {
      const { driver } = bench();
      const id = await bench().run();
      await expect(driver.wait(id, AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'aborted' });
      expect(await driver.inspect(id)).toMatchObject({ state: 'running' });
    });

    it('starts again at once after its process was killed', async () => {
      const { driver } = bench();
      const id = await bench().run();
      for (let round = 0; round < 3; round += 1) {
        const ended = driver.wait(id);
        await driver.kill(id, 'SIGKILL');
        expect(await ended).toMatchObject({ exitCode: 137 });
        await driver.start(id);
        expect(await driver.inspect(id)).toMatchObject({ state: 'running' });
      }
    });

    it('says that a command does not exist', async () => {
      const { driver } = bench();
      const id = await driver.create(bench().spec({ command: ['/no/such/program'] }));
      await expect(driver.start(id)).rejects.toMatchObject({ code: 'invalid' });
      await driver.remove(id, { force: false, volumes: true });
    });

    it('tells every event of its own containers, in order', async () => {
      const { driver } = bench();
      const over = new AbortController();
      const seen: RuntimeEvent[] = [];
      const events = await driver.events(over.signal);
      const reading = (async () => {
        for await (const event of events) seen.push(event);
      })();
      const foreign = bench().stranger();
      await foreign.create(bench().spec());
      const id = await bench().run({ command: ['sh', '-c', 'exit 7'] });
      await driver.wait(id);
      await eventually(() => Promise.resolve(seen.some(({ kind }) => kind === 'die')), 'an event of its end');
      await driver.remove(id, { force: false, volumes: true });
      await eventually(() => Promise.resolve(seen.some(({ kind }) => kind === 'remove')), 'an event of its removal');
      over.abort();
      await reading;
      expect(seen.map(({ kind }) => kind)).toEqual(['create', 'start', 'die', 'remove']);
      expect(new Set(seen.map(({ engineId }) => engineId))).toEqual(new Set([id]));
      expect([7, null]).toContain(seen.find(({ kind }) => kind === 'die')?.exitCode);
    });

    it('samples what a container uses', async () => {
      const { driver } = bench();
      const id = await bench().run({ resources: { memoryBytes: 64 * 1024 * 1024 } });
      const sample = await driver.stats(id);
      expect(sample.memoryLimitBytes).toBe(64 * 1024 * 1024);
      expect(sample.cpuTotalNs).toBeGreaterThan(0);
      expect(sample.memoryBytes).toBeGreaterThan(0);
      expect(sample.pids).toBeGreaterThanOrEqual(1);
      expect(Math.abs(sample.at.getTime() - Date.now())).toBeLessThan(60_000);
    });
  });
};
