import { readFileSync } from 'node:fs';
import { ensureSampleImage } from '#libs/launch/engine/image.js';
import type { TarEntry } from '#libs/launch/engine/tar.js';
import { run } from '#libs/launch/process/run.js';
import type { LabNode } from './lab.node.js';

export const resolverImage = 'localhost/pierhead/resolver:latest';

/** The sample image with `getent`, which looks names up as programs do: static busybox can't. */
export async function ensureResolverImage(node: LabNode): Promise<void> {
  const program = '/usr/bin/getent';
  const { stdout } = await run('ldd', [program]);
  const libraries = [...stdout.matchAll(/(\/\S+)/g)].map((match) => match[1] ?? '');
  const file = (path: string): TarEntry => ({ path: path.slice(1), mode: 0o755, content: readFileSync(path) });
  const folders = new Set(libraries.flatMap((path) => parents(path.slice(1))));
  await ensureSampleImage(node.engineSocket, resolverImage, [
    ...[...folders].sort().map((path): TarEntry => ({ path: `${path}/`, mode: 0o755, folder: true })),
    ...libraries.map(file),
    { ...file(program), path: 'bin/getent' },
    { path: 'etc/nsswitch.conf', mode: 0o644, content: Buffer.from('hosts: files dns\n') },
  ]);
}

const parents = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, all) => all.slice(0, index + 1).join('/'));
