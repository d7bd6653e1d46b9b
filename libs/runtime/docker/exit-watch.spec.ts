import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ExitWatch } from './exit-watch.js';

/** Stands for the container's id: something that the process's control groups name. */
const group = readFileSync('/proc/self/cgroup', 'latin1').slice(0, 8);

describe('the exit watch', () => {
  const watch = new ExitWatch();
  afterAll(() => watch.close());

  it('tells the end of a process within milliseconds', async () => {
    const child = spawn('sleep', ['100'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    let gone = false;
    const ended = watch.until(pid, group).then((seen) => ((gone = true), seen));
    await expect(watch.until(pid, group, AbortSignal.timeout(30))).resolves.toBe('aborted');
    expect(gone).toBe(false);
    const before = performance.now();
    child.kill('SIGKILL');
    expect(await ended).toBe('gone');
    expect(performance.now() - before).toBeLessThan(250);
  });

  it('does not look at a process that is not the container’s, or not here', async () => {
    expect(await watch.until(process.pid, 'no-such-container')).toBe('unseen');
    expect(await watch.until(2 ** 22 + 1, group)).toBe('unseen');
  });

  it('lets everyone go when it is closed', async () => {
    const closing = new ExitWatch();
    const waiting = closing.until(process.pid, group);
    await expect(closing.until(process.pid, group, AbortSignal.timeout(20))).resolves.toBe('aborted');
    closing.close();
    expect(await waiting).toBe('aborted');
    expect(await closing.until(process.pid, group)).toBe('aborted');
  });
});
