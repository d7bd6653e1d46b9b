import { mkdtempSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStateStore } from '#apps/agent/state/memory.state-store.js';
import { assignment } from '#apps/agent/testing/node-fixture.js';
import { ObservedNode } from '#apps/agent/testing/observed-node.js';
import { ensureSampleImage, sampleImage } from '#libs/launch/engine/image.js';
import { PodmanPart } from '#libs/launch/engine/podman.part.js';
import { run } from '#libs/launch/process/run.js';
import { StateFolder } from '#libs/launch/state/state-folder.js';
import { DockerDriver } from '#libs/runtime/docker/docker.driver.js';
import { PrivateRegistry } from './support/private-registry.js';

// real: podman, docker-registry with basic authentication, the agent's converger
const user = 'robot';
const password = 'a-very-secret-word';
const startMs = 90_000;
const reachMs = 20_000;

describe('an agent that pulls from a registry with a password', () => {
  const state = new StateFolder(mkdtempSync(join(tmpdir(), 'pierhead-engine-')));
  let registry: PrivateRegistry;
  let podman: PodmanPart;
  let driver: DockerDriver;
  let node: ObservedNode;
  let image: string;

  beforeAll(async () => {
    state.make();
    registry = await PrivateRegistry.start(user, password);
    podman = new PodmanPart(state, { insecureRegistries: [registry.host] });
    await podman.start();
    await ensureSampleImage(podman.socketPath());
    image = `${registry.host}/team/private:1`;
    const { REGISTRY_AUTH_FILE: _, ...env } = podman.environment();
    await run('podman', [...podman.flags(), 'push', `--creds=${user}:${password}`, sampleImage, image], { env });
    driver = new DockerDriver({ socketPath: podman.socketPath(), scope: randomUUID() });
    node = new ObservedNode(driver, new MemoryStateStore());
    await node.converger.start();
  }, startMs);

  afterAll(async () => {
    await node?.converger.close();
    await driver?.close();
    await podman?.destroy();
    registry?.stop();
    state.remove();
  }, startMs);

  const wanted = (
    credentials: { username: string; password: string } | null,
    pullPolicy: 'always' | 'missing' | 'never' = 'always',
    projectId: string = randomUUID(),
  ) =>
    assignment({
      projectId,
      credentials: credentials && { server: registry.host, ...credentials },
      template: { image, pullPolicy, stopGraceMs: 0 },
    });

  it(
    'runs the image with the project’s credentials, and not without them or with wrong ones',
    async () => {
      const [good, none, wrong] = [
        wanted({ username: user, password }),
        wanted(null),
        wanted({ username: user, password: 'not-the-secret' }),
      ] as const;
      await node.converger.applySet(1, [none, wrong]);
      for (const refused of [none, wrong]) {
        const { message } = await node.reaches(refused.containerId, 'failed', 1, reachMs);
        expect(message).toMatch(/unauthorized|authentication required/i);
        expect(message).not.toContain('not-the-secret');
      }
      await node.converger.applySet(2, [good]);
      expect(await node.reaches(good.containerId, 'running', 1, reachMs)).toMatchObject({
        imageDigest: expect.stringMatching(/^sha256:/),
      });
      expect(JSON.stringify([...node.reports.values()])).not.toContain(password);
      await node.converger.applySet(3, []);
      await node.reaches(good.containerId, 'removed', 1, reachMs);
    },
    startMs,
  );

  it(
    'keeps what one project pulled with its password from another that only names it',
    async () => {
      const owner = randomUUID();
      const mine = wanted({ username: user, password }, 'missing', owner);
      await node.converger.applySet(10, [mine]);
      await node.reaches(mine.containerId, 'running', 1, reachMs);
      const [foreign, foreignNever, again, allowed] = [
        wanted(null, 'missing'),
        wanted(null, 'never'),
        wanted(null, 'never', owner),
        wanted({ username: user, password }, 'missing'),
      ] as const;
      await node.converger.applySet(11, [mine, foreign, foreignNever, again, allowed]);
      const { message } = await node.reaches(foreign.containerId, 'failed', 1, reachMs);
      expect(message).toMatch(/unauthorized|authentication required/i);
      const refused = await node.reaches(foreignNever.containerId, 'failed', 1, reachMs);
      expect(refused.message).toContain('is not on this node');
      await node.reaches(again.containerId, 'running', 1, reachMs);
      await node.reaches(allowed.containerId, 'running', 1, reachMs);
      await node.converger.applySet(12, []);
      for (const one of [mine, again, allowed]) await node.reaches(one.containerId, 'removed', 1, reachMs);
    },
    startMs,
  );
});
