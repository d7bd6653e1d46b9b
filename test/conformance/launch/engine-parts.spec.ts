import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { DockerPart } from '#libs/launch/engine/docker.part.js';
import { engineJson } from '#libs/launch/engine/engine-socket.js';
import { ensureSampleImage, sampleImage } from '#libs/launch/engine/image.js';
import { PodmanPart } from '#libs/launch/engine/podman.part.js';
import { freePort } from '#libs/launch/ports/port.js';
import { waitFor } from '#libs/launch/process/wait.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';

// real: podman, docker
jest.setTimeout(120_000);

async function startSample(socket: string, port: number): Promise<{ id: string; pid: number }> {
  const { Id: id } = await engineJson<{ Id: string }>(socket, 'POST', '/containers/create?name=sample', {
    Image: sampleImage,
    Env: ['PIERHEAD_SAMPLE=web'],
    ExposedPorts: { '8080/tcp': {} },
    HostConfig: { PortBindings: { '8080/tcp': [{ HostPort: String(port) }] }, Binds: ['kept:/data'] },
  });
  await engineJson(socket, 'POST', `/containers/${id}/start`);
  const { State } = await engineJson<{ State: { Pid: number } }>(socket, 'GET', `/containers/${id}/json`);
  return { id, pid: State.Pid };
}

function page(url: string): Promise<string> {
  const get = async () => {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).text();
    } catch {
      return undefined;
    }
  };
  return waitFor(get, { what: `An answer of ${url}`, timeoutMs: 10_000 });
}

describe('engines of our own', () => {
  let state: StateFolder;

  beforeEach(() => {
    state = new StateFolder(mkdtempSync(join(tmpdir(), 'pierhead-engine-')));
    state.make();
  });
  afterEach(() => state.remove());

  it('Podman runs the sample, leaves it running while its service is away, and removes all of it', async () => {
    const podman = new PodmanPart(state);
    try {
      await podman.start();
      await ensureSampleImage(podman.socketPath());
      const port = await freePort();
      const { id, pid } = await startSample(podman.socketPath(), port);
      expect(await page(`http://127.0.0.1:${port}/cgi-bin/whoami`)).toContain('service: web');

      await podman.stop();
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      expect(await page(`http://127.0.0.1:${port}/`)).toContain('It runs.');

      await podman.start();
      const after = await engineJson<{ State: { Pid: number; Running: boolean } }>(
        podman.socketPath(),
        'GET',
        `/containers/${id}/json`,
      );
      expect(after.State).toMatchObject({ Pid: pid, Running: true });

      // Killed, it comes back too, and still has its containers.
      process.kill((await podman.status()).pid as number, 'SIGKILL');
      await podman.start();
      expect((await engineJson<unknown[]>(podman.socketPath(), 'GET', '/containers/json')).length).toBe(1);
      await podman.destroy();
      expect(existsSync(`/proc/${pid}`)).toBe(false);
    } finally {
      await podman.destroy();
    }
  });

  it('Docker runs the sample in a network of its own that is reached from here', async () => {
    const docker = new DockerPart(state);
    try {
      await docker.start();
      await ensureSampleImage(docker.socketPath());
      const { pid } = await startSample(docker.socketPath(), 8080);
      expect(await page(`http://${docker.address()}:8080/cgi-bin/whoami`)).toContain('service: web');
      await docker.stop();
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      expect(existsSync(`/run/netns/phd-${state.id}`)).toBe(false);
    } finally {
      await docker.stop();
    }
  });
});
