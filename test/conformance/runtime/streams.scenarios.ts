import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { RuntimeBench } from './lab.js';
import { eventually, readUntil, tarOf, textOf } from './lab.js';

export const describeStreams = (bench: () => RuntimeBench): void => {
  describe('logs', () => {
    it('keeps the two streams apart, and takes lines from the end', async () => {
      const { driver } = bench();
      const id = await bench().run({ command: ['sh', '-c', 'echo one; echo bad >&2; sleep 0.2; echo two'] });
      await driver.wait(id);
      const read = async (options: object) => textOf(await driver.logs(id, options));
      await eventually(async () => (await read({})).all.split('\n').length === 4, 'three lines in the log');
      expect(await read({})).toMatchObject({ stdout: 'one\ntwo\n', stderr: 'bad\n' });
      expect(await read({ stdout: false })).toMatchObject({ stdout: '', stderr: 'bad\n' });
      expect((await read({ tail: 1 })).all).toBe('two\n');
      expect((await read({ timestamps: true, tail: 1 })).all).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+) two\n$/);
      expect((await read({ since: new Date(Date.now() + 60_000) })).all).toBe('');
    });

    it('follows to the end of the container', async () => {
      const { driver } = bench();
      const id = await bench().run({ command: ['sh', '-c', 'echo one; sleep 0.3; echo two'] });
      const { stdout } = await textOf(await driver.logs(id, { follow: true }));
      expect(stdout).toBe('one\ntwo\n');
    });

    it('ends quietly when the reader gives up', async () => {
      const { driver } = bench();
      const id = await bench().run({ command: ['sh', '-c', 'echo one; sleep 1000'] });
      const over = new AbortController();
      const frames = (await driver.logs(id, { follow: true, signal: over.signal }))[Symbol.asyncIterator]();
      expect(await readUntil(frames, 'one')).toBe('one\n');
      over.abort();
      expect((await frames.next()).done).toBe(true);
    });

    it('waits for a slow reader instead of filling the memory', async () => {
      const { driver } = bench();
      const id = await bench().run({ command: ['sh', '-c', `yes ${'0123456789'.repeat(12)} | head -n 30000`] });
      await driver.wait(id);
      const before = process.memoryUsage();
      const frames = await driver.logs(id, {});
      let bytes = 0;
      let mostHeld = 0;
      let turns = 0;
      for await (const { data } of frames) {
        bytes += data.length;
        if (turns++ % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
        const now = process.memoryUsage();
        mostHeld = Math.max(mostHeld, now.arrayBuffers - before.arrayBuffers);
      }
      expect(bytes).toBe(30_000 * 121);
      expect(mostHeld).toBeLessThan(64 * 1024 * 1024);
    });
  });

  describe('exec', () => {
    it('gives output, errors and the exit code', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const session = await driver.exec(id, { command: ['sh', '-c', 'echo out; echo err >&2; exit 5'] });
      expect(await textOf(session.output)).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
      expect(await session.exitCode()).toBe(5);
    });

    it('half-closes stdin and still reads', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const session = await driver.exec(id, { command: ['sh', '-c', 'cat; echo done'], stdin: true });
      session.stdin.write('first ');
      session.stdin.end('second\n');
      expect((await textOf(session.output)).stdout).toBe('first second\ndone\n');
      expect(await session.exitCode()).toBe(0);
    });

    it('gives end of file at once without stdin', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const session = await driver.exec(id, { command: ['cat'] });
      expect((await textOf(session.output)).all).toBe('');
      expect(await session.exitCode()).toBe(0);
    });

    it('has a terminal of the size that was asked for', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const session = await driver.exec(id, { command: ['sh', '-c', 'read go; stty size'], tty: true, stdin: true });
      await session.resize(101, 37);
      session.stdin.write('go\n');
      const { stdout, stderr } = await textOf(session.output);
      expect(stdout).toContain('37 101');
      expect(stdout).toContain('\r\n');
      expect(stderr).toBe('');
      expect(await session.exitCode()).toBe(0);
    });

    it('takes environment, folder and user', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const session = await driver.exec(id, {
        command: ['sh', '-c', 'echo $WORD; pwd; id -u'],
        environment: [{ name: 'WORD', value: 'hello' }],
        workingDir: '/bin',
        user: '65534',
      });
      expect((await textOf(session.output)).stdout).toBe('hello\n/bin\n65534\n');
    });

    it('refuses in a container that does not run', async () => {
      const { driver } = bench();
      const id = await driver.create(bench().spec());
      await expect(driver.exec(id, { command: ['true'] })).rejects.toMatchObject({ code: 'conflict' });
    });

    it('says that a command does not exist', async () => {
      const { driver } = bench();
      const id = await bench().run();
      const outcome = await driver
        .exec(id, { command: ['/no/such/program'] })
        .then(async (session) => (await textOf(session.output), session.exitCode()))
        .catch((error: { code: string }) => error.code);
      expect([126, 127, 'invalid']).toContain(outcome);
    });
  });

  describe('attach', () => {
    it('takes part in a process from its start', async () => {
      const { driver } = bench();
      const id = await driver.create(
        bench().spec({ command: ['sh', '-c', 'cat; echo done; exit 4'], stdinOpen: true }),
      );
      const session = await driver.attach(id, { stdin: true });
      await driver.start(id);
      const frames = session.output[Symbol.asyncIterator]();
      session.stdin.write('hello\n');
      expect(await readUntil(frames, 'hello')).toBe('hello\n');
      session.close();
      await driver.stop(id, { graceMs: 0 });
    });

    it('ends with the container and knows its exit code', async () => {
      const { driver } = bench();
      const id = await driver.create(bench().spec({ command: ['sh', '-c', 'echo out; echo err >&2; exit 4'] }));
      const session = await driver.attach(id, {});
      await driver.start(id);
      expect(await textOf(session.output)).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
      expect(await session.exitCode()).toBe(4);
    });
  });

  describe('files', () => {
    it('copies in and out', async () => {
      const { driver } = bench();
      const id = await bench().run();
      await driver.putArchive(id, '/bin', Readable.from([tarOf('hello.txt', 'Hello.')]));
      const { stat, content } = await driver.getArchive(id, '/bin/hello.txt');
      expect(stat).toMatchObject({ name: 'hello.txt', kind: 'file', sizeBytes: 6, mode: 0o640 });
      expect((await buffer(content)).toString()).toContain('Hello.');
      await expect(driver.getArchive(id, '/bin/absent')).rejects.toMatchObject({ code: 'not-found' });
      expect(await driver.statArchive(id, '/bin/hello.txt')).toEqual(stat);
      expect(await driver.statArchive(id, '/bin')).toMatchObject({ kind: 'directory' });
      await expect(driver.statArchive(id, '/bin/absent')).rejects.toMatchObject({ code: 'not-found' });
    });
  });
};
