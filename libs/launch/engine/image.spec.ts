import { spawnSync } from 'node:child_process';
import { imageArchive } from './image.js';
import { tar } from './tar.js';

const untar = (archive: Buffer, ...args: string[]) =>
  spawnSync('tar', [...args, '-f', '-'], { input: archive, maxBuffer: 64 * 1024 * 1024 });

describe('tar', () => {
  it('is what the system’s tar reads: folders, files, links, modes', () => {
    const archive = tar([
      { path: 'bin/', mode: 0o755, folder: true },
      { path: 'bin/one', mode: 0o755, content: Buffer.from('x'.repeat(513)) },
      { path: 'bin/two', mode: 0o777, link: 'one' },
    ]);
    const listing = untar(archive, '--utc', '-tv').stdout.toString().trim().split('\n');
    expect(listing.map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/',
      '-rwxr-xr-x 0/0 513 1970-01-01 00:00 bin/one',
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00 bin/two -> one',
    ]);
    expect(untar(archive, '-xO', 'bin/one').stdout.length).toBe(513);
  });
});

describe('imageArchive', () => {
  const source = {
    busybox: Buffer.from('busybox'),
    applets: ['sh', 'busybox', 'ls', '../evil'],
    architecture: 'amd64',
  };

  it('names its reference, its configuration and its layer', () => {
    const { archive } = imageArchive(source, 'localhost/pierhead/sample:latest');
    const names = untar(archive, '-t').stdout.toString().trim().split('\n');
    const [manifest] = JSON.parse(untar(archive, '-xO', 'manifest.json').stdout.toString()) as {
      Config: string;
      RepoTags: string[];
      Layers: string[];
    }[];
    expect(manifest?.RepoTags).toEqual(['localhost/pierhead/sample:latest']);
    expect(names).toEqual(['manifest.json', manifest?.Config, ...(manifest?.Layers ?? [])]);
    const layer = untar(archive, '-xO', manifest?.Layers[0] ?? '').stdout;
    const files = untar(layer, '-t').stdout.toString().split('\n');
    expect(files).toEqual(expect.arrayContaining(['bin/busybox', 'bin/sh', 'bin/ls', 'www/index.html']));
    expect(files.filter((name) => name.includes('evil') || name === 'bin/bin/busybox')).toEqual([]);
  });

  it('is the same bytes every time', () => {
    expect(imageArchive(source, 'a:b')).toEqual(imageArchive(source, 'a:b'));
  });
});
