import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { engineJson } from '#libs/launch/engine/engine-socket.js';
import { run } from '#libs/launch/process/run.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { Lab, sweepAbandonedLabs } from '#libs/testing/lab/lab.js';
import type { LabNode } from '#libs/testing/lab/lab.node.js';
import { processesBelow } from '#libs/testing/lab/lab.processes.js';

const startMs = 60_000;

const startContainer = async (node: LabNode): Promise<string> => {
  const { Id } = await engineJson<{ Id: string }>(node.engineSocket, 'POST', '/containers/create', {
    Image: 'localhost/pierhead/sample:latest',
  });
  await engineJson(node.engineSocket, 'POST', `/containers/${Id}/start`);
  return Id;
};
const statesOn = async (node: LabNode): Promise<string[]> =>
  (await engineJson<{ State: string }[]>(node.engineSocket, 'GET', '/containers/json?all=true')).map(
    (one) => one.State,
  );
const reaches = async (from: { run: LabNode['run'] }, address: string): Promise<boolean> =>
  (await from.run('busybox', ['ping', '-c', '1', '-W', '1', address], { accept: [0, 1] })).code === 0;

describe('the lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.start({ nodes: 2 });
  }, startMs);
  afterAll(() => lab.stop(), startMs);

  it('joins its machines, this one and an outside client', async () => {
    expect(await reaches(lab.node(1), lab.node(2).address)).toBe(true);
    expect(await reaches(lab.client, lab.node(1).address)).toBe(true);
    expect(await reaches(lab.client, lab.switch.machineAddress)).toBe(true);
    await run('busybox', ['ping', '-c', '1', '-W', '1', lab.node(2).address]);
  });

  it('gives each node containers of its own', async () => {
    const id = await startContainer(lab.node(1));
    expect(await statesOn(lab.node(1))).toEqual(['running']);
    expect(await statesOn(lab.node(2))).toEqual([]);
    const seen = await lab.node(1).runIn(id, 'ip', ['-br', 'link']);
    expect(seen.stdout).toContain('eth0');
    expect(await lab.node(1).pidOf(id)).toBeGreaterThan(1);
  });

  it('cuts a link and restores it', async () => {
    await lab.node(2).cutLink();
    expect(await reaches(lab.node(1), lab.node(2).address)).toBe(false);
    await lab.node(2).restoreLink();
    expect(await reaches(lab.node(1), lab.node(2).address)).toBe(true);
  });

  it('lets an engine die while its containers run on', async () => {
    const before = await statesOn(lab.node(1));
    await lab.node(1).killEngine();
    await lab.node(1).startEngine();
    expect(await statesOn(lab.node(1))).toEqual(before);
  });

  it('loses a machine at once, and the machine remembers its disk only', async () => {
    const { mount } = lab.node(1).namespaces;
    expect(processesBelow(mount).length).toBeGreaterThan(1);
    await lab.node(1).powerOff();
    expect(processesBelow(mount)).toEqual([]);
    expect(await reaches(lab.node(2), lab.node(1).address)).toBe(false);
    await lab.node(1).powerOn();
    expect(await statesOn(lab.node(1))).not.toContain('running');
    expect(await reaches(lab.node(2), lab.node(1).address)).toBe(true);
    await startContainer(lab.node(1));
  });

  it('is removed whole by the next one when its process has died', async () => {
    const root = join(import.meta.dirname, '../../..');
    const program =
      "const { Lab } = await import('#libs/testing/lab/lab.js');" +
      "console.log((await Lab.start({ nodes: 1 })).state.path); process.kill(process.pid, 'SIGKILL');";
    const loader = join(root, 'test/support/ts-loader.mjs');
    const args = ['--no-warnings', '--import', loader, '--input-type=module', '-e', program];
    const child = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    const path = child.stdout.trim();
    expect({ path, signal: child.signal }).toEqual({
      path: expect.stringContaining('pierhead-lab-'),
      signal: 'SIGKILL',
    });
    const { id } = new StateFolder(path);
    const links = async () => (await run('ip', ['-o', 'link'])).stdout + (await run('ip', ['netns'])).stdout;
    expect(await links()).toContain(`phl${id}`);
    await sweepAbandonedLabs();
    expect(await links()).not.toMatch(new RegExp(`phl-?${id}`));
    expect(existsSync(path)).toBe(false);
    expect(await reaches(lab.node(1), lab.node(2).address)).toBe(true);
  }, 60_000);
});
