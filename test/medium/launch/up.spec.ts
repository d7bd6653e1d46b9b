import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { jest } from '@jest/globals';
import { portTable } from '#libs/launch/installation/settings.js';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import type { StatusReport } from '../../../apps/ctl/launcher/status.command.js';

// real: the launcher, postgres, redis. fake: the platform's programs (stubs/program.mjs), the engine
jest.setTimeout(120_000);

const root = resolve(import.meta.dirname, '../../..');
const stub = join(import.meta.dirname, 'stubs', 'program.mjs');

describe('the launcher', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let engine: Server;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pierhead-up-'));
    for (const program of ['api/main', 'gateway/main', 'worker/main', 'agent/main', 'ctl/migrate', 'ctl/bootstrap']) {
      const file = join(folder, 'dist/apps', `${program}.js`);
      mkdirSync(dirname(file), { recursive: true });
      cpSync(stub, file);
    }
    cpSync(join(root, 'package.json'), join(folder, 'dist/package.json'));
    const socket = join(folder, 'engine.sock');
    engine = createServer((request, response) => request.resume().on('end', () => response.end('{}'))).listen(socket);
    env = { PATH: process.env.PATH, PIERHEAD_CHECKOUT: folder, PIERHEAD_ENGINE: `unix://${socket}` };
    // The stub of an agent has no load balancer.
    env.PIERHEAD_NODE_ROLES = 'none';
    for (const { variable } of Object.values(portTable)) env[variable] = String(await freePort());
  });

  afterAll(async () => {
    await ctl(['reset', '--yes']);
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** With `forgetful`, as in another shell, without the variables of the first `up`. */
  function ctl(args: string[], forgetful = false): Promise<{ code: number | null; output: string }> {
    const seen = forgetful ? { PATH: env.PATH, PIERHEAD_CHECKOUT: folder } : env;
    const loader = join(root, 'test/support/ts-loader.mjs');
    const child = spawn(process.execPath, ['--import', loader, join(root, 'apps/ctl/main.ts'), ...args], { env: seen });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    return new Promise((done) => child.on('close', (code) => done({ code, output })));
  }

  /** The output says what went wrong. */
  async function succeed(args: string[], forgetful = false): Promise<string> {
    const { code, output } = await ctl(args, forgetful);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
    return output;
  }

  async function status(): Promise<StatusReport> {
    return JSON.parse((await ctl(['status', '--json'], true)).output) as StatusReport;
  }

  const pids = (report: StatusReport) => Object.fromEntries(report.parts.map(({ name, pid }) => [name, pid]));

  it('starts everything, keeps it running, stops it and comes back with the same data', async () => {
    const first = await succeed(['up', '-d']);
    expect(first).toContain('✓ Sample stack');
    expect(first).toContain('first-password');

    const running = await status();
    expect(running.parts.map(({ name, state }) => [name, state])).toEqual(
      ['postgres', 'redis', 'api', 'gateway', 'worker', 'agent'].map((name) => [name, 'running']),
    );
    expect(running.running).toBe(true);
    expect(running.nodes).toEqual([{ id: '1', name: 'local', state: 'ready' }]);
    expect(statSync(running.stateFolder).mode & 0o777).toBe(0o700);
    expect(statSync(running.credentialsFile).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(running.credentialsFile, 'utf8'))).toMatchObject({
      organization: 'harbor',
      project: 'default',
      user: 'admin',
      password: 'first-password',
      apiKey: 'ph_first',
    });
    expect((await fetch(running.endpoints.sample)).ok).toBe(true);

    // A second `up` adopts what runs, and leaves the secrets where they are.
    const second = await succeed(['up', '-d'], true);
    expect(second).toContain(running.credentialsFile);
    expect(second).not.toContain('first-password');
    expect(second).not.toContain('ph_first');
    expect(pids(await status())).toEqual(pids(running));

    // What is killed is started again, and only that.
    process.kill(pids(running).worker as number, 'SIGKILL');
    const healed = await waitFor(
      async () => {
        const now = await status();
        return now.running && pids(now).worker !== pids(running).worker ? now : undefined;
      },
      { what: 'The restart of the worker', timeoutMs: 20_000, intervalMs: 200 },
    );
    expect({ ...pids(healed), worker: 0 }).toEqual({ ...pids(running), worker: 0 });

    expect((await ctl(['logs', 'supervisor'], true)).output).toContain('worker has ended');
    await succeed(['down'], true);
    const stopped = await status();
    expect(stopped.parts.every(({ state }) => state === 'stopped')).toBe(true);
    for (const pid of Object.values(pids(healed))) expect(existsSync(`/proc/${pid}/fd/0`)).toBe(false);

    await succeed(['up', '-d', '--no-sample'], true);
    expect((await status()).running).toBe(true);
    await succeed(['down'], true);
  });

  it('names the port that is taken, by whom, and the variable that moves it', async () => {
    const server = createTcpServer().listen(Number(env.PIERHEAD_GATEWAY_PORT), '127.0.0.1');
    try {
      const { code, output } = await ctl(['up', '-d']);
      expect(code).toBe(1);
      expect(output).toContain(
        `Port ${env.PIERHEAD_GATEWAY_PORT} (the agents’ sessions) is taken by pid ${process.pid}`,
      );
      expect(output).toContain('PIERHEAD_GATEWAY_PORT');
    } finally {
      server.close();
    }
  });

  it('stops everything when an attached up is interrupted', async () => {
    const loader = join(root, 'test/support/ts-loader.mjs');
    const args = ['--import', loader, join(root, 'apps/ctl/main.ts'), 'up', '--foreground', '--no-sample'];
    const child = spawn(process.execPath, args, { env });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    await waitFor(() => output.includes('Ctrl-C stops'), { what: 'up', timeoutMs: 60_000 });
    const ended = new Promise((done) => child.on('close', done));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect((await status()).parts.every(({ state }) => state === 'stopped')).toBe(true);
  });

  it('asks before a reset, and in a script wants --yes', async () => {
    const { code, output } = await ctl(['reset'], true);
    expect(code).toBe(1);
    expect(output).toContain('--yes');
    expect(existsSync(join(folder, '.pierhead/credentials.json'))).toBe(true);
  });
});
