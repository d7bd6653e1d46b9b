import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import { identify } from '#libs/platform/process/proc.js';

const env = { PATH: process.env.PATH };

describe('Daemon', () => {
  let folder: string;
  let daemon: Daemon;
  const shell = (script: string) => ({ command: 'sh', args: ['-c', script], env });
  const ready = () => Promise.resolve(true);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daemon-'));
    daemon = new Daemon('thing', join(folder, 'thing.pid'), join(folder, 'thing.log'));
  });
  afterEach(async () => {
    await daemon.stop({ graceMs: 1_000 });
    rmSync(folder, { recursive: true, force: true });
  });

  it('starts once, is found by another object, and stops', async () => {
    await daemon.ensure({ command: () => shell('echo hello; exec sleep 60'), ready, timeoutMs: 5_000 });
    const other = new Daemon('thing', daemon.pidFile, daemon.logFile);
    const pid = other.running()?.pid;
    expect(pid).toBeGreaterThan(1);
    await other.ensure({ command: () => Promise.reject(new Error('not needed')), ready, timeoutMs: 5_000 });
    expect(other.running()?.pid).toBe(pid);
    expect(statSync(daemon.pidFile).mode & 0o777).toBe(0o600);
    await other.stop();
    expect(daemon.running()).toBeUndefined();
    expect(existsSync(daemon.pidFile)).toBe(false);
  });

  it('tells the last words of what ends while it starts', async () => {
    const command = () => shell('echo the disk is full >&2; exit 3');
    const start = daemon.ensure({ command, ready: () => Promise.resolve(false), timeoutMs: 5_000 });
    await expect(start).rejects.toThrow(/thing ended .*\nthe disk is full/);
  });

  it('starts anew when the last words are worth another try', async () => {
    const mark = join(folder, 'mark');
    const command = () => shell(`[ -f ${mark} ] && exec sleep 60; touch ${mark}; echo still in use; exit 1`);
    let asked = 0;
    const isUp = () => Promise.resolve(existsSync(mark) && (asked += 1) > 5);
    await daemon.ensure({ command, ready: isUp, timeoutMs: 5_000, retryOn: /still in use/ });
    expect(daemon.running()).toBeDefined();
  });

  it('kills what does not end by itself', async () => {
    const script = `trap "" TERM; echo up; while :; do sleep 0.05; done`;
    const said = () => Promise.resolve(readFileSync(daemon.logFile, 'utf8').includes('up'));
    await daemon.ensure({ command: () => shell(script), ready: said, timeoutMs: 5_000 });
    await daemon.stop({ graceMs: 100 });
    expect(daemon.running()).toBeUndefined();
  });

  it('never signals a process that only has the pid of the one it started', async () => {
    const self = identify(process.pid);
    writeFileSync(daemon.pidFile, JSON.stringify({ ...self, startTicks: '1' }));
    expect(daemon.running()).toBeUndefined();
    await daemon.stop();
  });

  it('says that a program is not there', async () => {
    const start = daemon.ensure({ command: () => ({ command: '/no/such', args: [], env }), ready, timeoutMs: 1_000 });
    await expect(start).rejects.toThrow(/can't be run/);
  });
});
