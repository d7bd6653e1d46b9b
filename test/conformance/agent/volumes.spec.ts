import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile, mkdir } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { MemoryStateStore } from '#apps/agent/state/memory.state-store.js';
import { FoundVolumes } from '#apps/agent/storage/found-volumes.js';
import { StorageService } from '#apps/agent/storage/storage.service.js';
import { VolumeArchives } from '#apps/agent/storage/volume.archives.js';
import { VolumeFences } from '#apps/agent/storage/volume-fences.js';
import { assignment as anAssignment } from '#apps/agent/testing/node-fixture.js';
import { ObservedNode } from '#apps/agent/testing/observed-node.js';
import { until } from '#apps/agent/testing/until.js';
import type { NodeAssignment } from '#libs/agent-protocol/node-assignment.js';
import type { StorageReport } from '#libs/agent-protocol/generated/pierhead/agent/v1/storage.js';
import { createLog } from '#libs/platform/log.js';
import { DockerDriver } from '#libs/runtime/docker/docker.driver.js';

const engines = [
  ['podman', process.env['PIERHEAD_TEST_PODMAN_SOCKET']],
  ['docker', process.env['PIERHEAD_TEST_DOCKER_SOCKET']],
] as const;
const image = process.env['PIERHEAD_TEST_IMAGE'] ?? '';
const reachMs = 20_000;
const log = createLog('test', 'silent');

describe.each(engines)('volumes on %s', (_name, socketPath) => {
  const nodeId = randomUUID();
  const driver = new DockerDriver({ socketPath: socketPath ?? '', scope: nodeId });
  const store = new MemoryStateStore();
  let node: ObservedNode;
  let generation = 0;

  const volume = (target: string, given: Partial<NodeAssignment['volumes'][number]> = {}) => {
    const volumeId = randomUUID();
    return { target, volumeId, name: `pht-${volumeId}`, fence: 0, options: {}, share: null, ...given };
  };
  const assignment = (changes: Parameters<typeof anAssignment>[0] = {}) => {
    const { template, ...rest } = changes;
    const base = { image, pullPolicy: 'never' as const, stopGraceMs: 0, command: ['sleep', '1000'] };
    return anAssignment({ ...rest, template: { ...base, ...template } });
  };
  const run = async (...wanted: NodeAssignment[]) => {
    await node.converger.applyChange(++generation, wanted);
    for (const { containerId } of wanted) await node.reaches(containerId, 'running', 1, reachMs);
  };
  const remove = async (...wanted: NodeAssignment[]) => {
    const going = wanted.map((each) => ({ ...each, desired: 'removed' as const, generation: 9, template: null }));
    await node.converger.applyChange(++generation, going);
    for (const { containerId } of wanted) await node.reaches(containerId, 'removed', 1, reachMs);
  };
  const exec = async ({ containerId }: NodeAssignment, script: string) => {
    const session = await driver.exec(node.engineIdOf(containerId), { command: ['sh', '-c', script] });
    let output = '';
    for await (const { data } of session.output) output += data.toString();
    return output.trim();
  };
  const mount = (target: string, perInstance = true) => ({ kind: 'volume' as const, perInstance, target });

  beforeAll(async () => {
    node = new ObservedNode(driver, store);
    await node.converger.start();
  });
  afterAll(async () => {
    await node.converger.applySet(++generation, []);
    const over = () => [...node.reports.values()].every((reports) => reports.at(-1)?.state === 'removed');
    await until('all are removed', over, reachMs);
    await node.converger.close();
    for (const { engineId } of await driver.list()) await driver.remove(engineId, { force: true, volumes: true });
    for (const { name } of await driver.listVolumes()) await driver.removeVolume(name);
    await driver.close();
  }, reachMs);

  it(
    'of an instance are there again in its next container, unnamed ones of a container are not',
    async () => {
      const kept = volume('/kept');
      const template = { mounts: [mount('/kept'), mount('/own', false)] };
      const [first, second] = [assignment({ volumes: [kept], template }), assignment({ volumes: [kept], template })];
      await run(first);
      await exec(first, 'echo of-the-instance > /kept/file; echo of-the-container > /own/file');
      await remove(first);
      await run(second);
      expect(await exec(second, 'cat /kept/file; ls /own')).toBe('of-the-instance');
    },
    reachMs,
  );

  it(
    'that an image declares are kept by the set they belong to, and only by that',
    async () => {
      const reference = `localhost/pierhead/with-volume-${randomUUID().slice(0, 8)}:1`;
      const folder = await mkdtemp(join(tmpdir(), 'image-'));
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'Dockerfile'), `FROM ${image}\nVOLUME /declared\n`);
      const context = execFileSync('tar', ['-C', folder, '-c', '.']);
      await build(socketPath ?? '', reference, context);
      await rm(folder, { recursive: true });
      try {
        const volumeSet = randomUUID();
        const template = { image: reference };
        const [first, second, other] = [
          assignment({ volumeSet, template }),
          assignment({ volumeSet, template }),
          assignment({ volumeSet: randomUUID(), template }),
        ];
        await run(first);
        await exec(first, 'echo kept > /declared/file');
        await remove(first);
        await run(second, other);
        expect(await exec(second, 'cat /declared/file')).toBe('kept');
        expect(await exec(other, 'ls /declared')).toBe('');
        expect(node.found.all.map(({ target }) => target)).toEqual(['/declared', '/declared']);
        await remove(second, other);
      } finally {
        await driver.removeImage(reference);
      }
    },
    reachMs * 2,
  );

  it(
    'of another service’s container are mounted, named and unnamed ones alike',
    async () => {
      const serviceId = randomUUID();
      const template = { mounts: [mount('/named'), mount('/unnamed', false)] };
      const lender = assignment({ serviceId, volumes: [volume('/named')], template });
      await run(lender);
      await exec(lender, 'echo one > /named/file; echo two > /unnamed/file');
      const borrower = assignment({ volumesFrom: [serviceId] });
      await run(borrower);
      expect(await exec(borrower, 'cat /named/file /unnamed/file')).toBe('one\ntwo');
      await exec(borrower, 'echo three > /named/back');
      expect(await exec(lender, 'cat /named/back')).toBe('three');
      await remove(lender, borrower);
    },
    reachMs,
  );

  it(
    'that were deleted are removed when nothing mounts them any more, and their sizes are told before',
    async () => {
      const reports: StorageReport[] = [];
      const service = new StorageService({
        driver,
        fences: new VolumeFences(null),
        found: new FoundVolumes(),
        fenceOff: () => Promise.resolve(),
        log,
        timing: { gatherMs: 5, retryMs: 50, longestRetryMs: 100, lookMs: 20, sizesEveryMs: 200 },
      });
      service.start();
      service.open({ report: (report) => reports.push(report), applied: () => undefined });
      const said = () => reports.flatMap(({ volumes }) => volumes);
      const doomed = volume('/data');
      const user = assignment({ volumes: [doomed], template: { mounts: [mount('/data')] } });
      await run(user);
      await exec(user, 'dd if=/dev/zero of=/data/file bs=1024 count=2048 2>/dev/null; sync');
      const { volumeId, name } = doomed;
      const view = { volumeId, name, projectId: 'p', organizationId: 'o', fence: 0 };
      service.receive({ generation: 1, volumes: [{ ...view, removed: false }], shares: [] });
      await until('its size is told', () => said().some(({ usedBytes }) => usedBytes >= 2 * 1024 * 1024), reachMs);
      service.receive({ generation: 2, volumes: [{ ...view, removed: true }], shares: [] });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(said().some(({ gone }) => gone)).toBe(false);
      await remove(user);
      await until('it is gone', () => said().some(({ gone }) => gone), reachMs);
      await expect(driver.inspectVolume(name)).rejects.toMatchObject({ code: 'not-found' });
      service.stop();
    },
    reachMs,
  );

  describe('as archives', () => {
    const archives = new VolumeArchives(driver, log);
    const request = (name: string) => ({
      ...{ volumeId: randomUUID(), projectId: randomUUID(), organizationId: randomUUID(), name, options: {} },
      ...{ share: undefined, path: '/', write: false },
    });
    const read = async (of: ReturnType<typeof request>, path: string) =>
      archives.use(of, async (open) => buffer(await open.read(path)));
    const write = (of: ReturnType<typeof request>, path: string, tar: Buffer) =>
      archives.use(of, (open) => open.write(path, Readable.from([tar])));
    const list = (tar: Buffer) =>
      execFileSync('tar', ['-t'], { input: tar })
        .toString()
        .split('\n')
        .map((line) => line.replace(/^\.\/|\/$/g, ''))
        .filter(Boolean)
        .sort();
    let folder: string;
    let of: ReturnType<typeof request>;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'archive-'));
      of = request(`pht-${randomUUID()}`);
    });
    afterEach(async () => {
      await rm(folder, { recursive: true });
      expect((await driver.list()).filter(({ name }) => name.includes('archive'))).toEqual([]);
      await driver.removeVolume(of.name);
    });
    const tar = (...names: string[]) => execFileSync('tar', ['-C', folder, '-c', ...names]);

    it(
      'go in and come out, as a whole and in parts, while a container uses the volume or none does',
      async () => {
        await mkdir(join(folder, 'sub'));
        await writeFile(join(folder, 'sub', 'file'), 'content');
        await writeFile(join(folder, 'top'), 'top');
        await write(of, '/', tar('.'));
        expect(list(await read(of, '/'))).toEqual(['sub', 'sub/file', 'top']);
        expect(list(await read(of, '/sub'))).toEqual(['file']);
        expect(list(await read(of, '/sub/file'))).toEqual(['file']);
        // Its labels are those of its project, so that a container of another finds no way to it.
        const { labels } = await driver.inspectVolume(of.name);
        const { projectId, organizationId } = of;
        expect(Object.values(labels)).toEqual(expect.arrayContaining([projectId, organizationId, nodeId]));

        const user = assignment({
          ...{ projectId, organizationId, volumes: [volume('/data', { name: of.name })] },
          template: { mounts: [mount('/data')] },
        });
        await run(user);
        expect(await exec(user, 'cat /data/sub/file; echo running > /data/from-inside')).toBe('content');
        expect(list(await read(of, '/'))).toContain('from-inside');
        await write(of, '/sub', tar('top'));
        expect(await exec(user, 'cat /data/sub/top')).toBe('top');
        await remove(user);
        await expect(read(of, '/absent')).rejects.toMatchObject({ code: 'not-found' });
        await expect(write(of, '/absent', tar('top'))).rejects.toMatchObject({ code: 'not-found' });
        await expect(write(of, '/top', tar('top'))).rejects.toMatchObject({ code: 'invalid' });
      },
      reachMs * 2,
    );

    it(
      'never lead out of the volume: not by links in it, not by links or dots in what is sent',
      async () => {
        const secret = `secret-${randomUUID()}`;
        const outside = join(folder, 'outside');
        await mkdir(outside);
        await writeFile(join(outside, 'secret'), secret);
        await driver.createVolume({ name: of.name, labels: {} }).catch(() => undefined);
        await driver.removeVolume(of.name);
        await write(of, '/', Buffer.alloc(1024));
        const { mountpoint } = await driver.inspectVolume(of.name);
        // As a container of its tenant could make them.
        await symlink(outside, join(mountpoint, 'absolute'));
        await symlink(`../../../../../../../../../..${outside}`, join(mountpoint, 'relative'));
        await symlink('/etc/passwd', join(mountpoint, 'passwd'));
        await mkdir(join(mountpoint, 'inner'));
        await symlink(outside, join(mountpoint, 'inner', 'deep'));

        for (const path of ['/absolute', '/absolute/secret', '/relative/secret', '/passwd', '/inner/deep/secret']) {
          await expect(read(of, path)).rejects.toMatchObject({ code: 'invalid' });
          // The engine’s own wall behind that, as for a link that comes a moment too late.
          const behind = await archives
            .use(of, async () => {
              const [helper] = (await driver.list()).filter(({ name }) => name.includes('archive'));
              return text((await driver.getArchive(helper?.engineId ?? '', `/volume${path}`)).content);
            })
            .catch(() => '');
          expect(behind).not.toContain(secret);
          expect(behind).not.toContain('root:x:0:0');
        }
        const whole = await read(of, '/');
        expect(whole.toString()).not.toContain(secret);
        expect(list(whole)).toEqual(expect.arrayContaining(['absolute', 'relative']));

        await writeFile(join(folder, 'evil'), 'evil');
        for (const path of ['/absolute', '/relative', '/inner/deep']) {
          await expect(write(of, path, tar('evil'))).rejects.toMatchObject({ code: 'invalid' });
        }
        const through = [
          execFileSync('tar', ['-C', folder, '-c', '--transform', 's,^evil,absolute/evil,', 'evil']),
          execFileSync('tar', ['-C', folder, '-c', '-P', '--transform', 's,^evil,../../../evil,', 'evil']),
          execFileSync('tar', ['-C', folder, '-c', '-P', '--transform', `s,^evil,${outside}/evil,`, 'evil']),
        ];
        // Refused, or unpacked inside of the volume: engines differ.
        for (const sent of through) await write(of, '/', sent).catch(() => undefined);
        expect(await readdir(outside)).toEqual(['secret']);
        for (const place of ['/evil', '/etc/evil', join(mountpoint, '../evil'), join(mountpoint, '../../evil')]) {
          expect(existsSync(place)).toBe(false);
        }
        expect(
          (await lstat(join(mountpoint, 'absolute'))).isSymbolicLink() || existsSync(join(mountpoint, 'absolute')),
        ).toBe(true);
        expect(await readFile(join(outside, 'secret'), 'utf8')).toBe(secret);
      },
      reachMs * 3,
    );

    it('leave nothing behind when an agent dies in the middle of one', async () => {
      let left = '';
      await archives.use(of, async () => {
        left = (await driver.list()).find(({ name }) => name.includes('archive'))?.engineId ?? '';
        await new VolumeArchives(driver, log).clean();
      });
      await expect(driver.inspect(left)).rejects.toMatchObject({ code: 'not-found' });
      expect((await driver.inspectVolume(of.name)).name).toBe(of.name);
    });
  });
});

/** Neither driver builds images, as nodes do not need to. */
async function build(socketPath: string, reference: string, context: Buffer): Promise<void> {
  const query = `t=${encodeURIComponent(reference)}&networkmode=none&pull=false`;
  const answer = execFileSync(
    'curl',
    [
      '-s',
      '--unix-socket',
      socketPath,
      '-X',
      'POST',
      '-H',
      'Content-Type: application/x-tar',
      '--data-binary',
      '@-',
      `http://engine/v1.41/build?${query}`,
    ],
    { input: context },
  ).toString();
  if (answer.includes('"error"')) throw new Error(answer);
  return Promise.resolve();
}
