import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { DomainError } from '#libs/domain/error.js';

/** Something changed while it was read: stored as it was found. */
const changedMeanwhile = 1;

/**
 * All of a folder as a tar, with the owners that its files have: Podman’s own archives give every file to root. Null
 * where the folder is not to be seen from here. No link in it is followed. Destroy it to stop.
 */
export async function tarOfFolder(folder: string): Promise<Readable | null> {
  if (!folder || !(await readdir(folder).catch(() => null))) return null;
  return Readable.from(output(folder), { objectMode: false });
}

async function* output(folder: string): AsyncGenerator<Buffer> {
  const options = ['--create', '--file=-', '--format=posix', '--numeric-owner', '--directory', folder, '.'];
  const tar = spawn('tar', options, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(tar, 'close') as Promise<[number | null]>;
  ended.catch(() => undefined);
  try {
    for await (const chunk of tar.stdout as AsyncIterable<Buffer>) yield chunk;
    const [code] = await ended;
    if (code === 0 || code === changedMeanwhile) return;
    throw new DomainError('unavailable', 'The node could not read all of the volume.');
  } finally {
    tar.kill('SIGKILL');
  }
}
