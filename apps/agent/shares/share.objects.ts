import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, invalid, notFound } from '#libs/domain/error.js';

export interface ObjectPlace {
  shareId: string;
  /** Whose they are. */
  folder: string;
  /** Of one, or what keys begin with: empty, or with a slash at its end. */
  key: string;
}

const part = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;
/** A file that is not whole has it in its name, and is shown to nobody. */
const half = '.half-';

/** Files on shares of this node, by key: each is there as a whole or not at all. */
export class ShareObjects {
  /** @param root the folder of a keeper; throws while its share is not there */
  constructor(private readonly root: (shareId: string, folder: string) => Promise<string>) {}

  /** Takes the place of one with the same key. `quota` when the share is full. */
  async put(place: ObjectPlace, content: Readable): Promise<void> {
    const file = join(await this.root(place.shareId, place.folder), checkedKey(place.key));
    const unfinished = `${file}${half}${randomUUID()}`;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    try {
      await pipeline(content, createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true }));
      await rename(unfinished, file);
      await persist(dirname(file));
    } catch (error) {
      await rm(unfinished, { force: true });
      if (codeOf(error) === 'ENOSPC') throw new DomainError('quota', 'The file share is full.');
      throw error;
    }
  }

  async get(place: ObjectPlace): Promise<Readable> {
    const file = join(await this.root(place.shareId, place.folder), checkedKey(place.key));
    const found = await stat(file).catch(() => null);
    if (!found?.isFile()) throw notFound('object');
    return createReadStream(file);
  }

  async *list(place: ObjectPlace): AsyncGenerator<{ key: string; bytes: number }> {
    const prefix = checkedPrefix(place.key);
    yield* below(join(await this.root(place.shareId, place.folder), prefix), prefix);
  }

  /** Also what was begun and never finished. */
  async clear(place: ObjectPlace): Promise<void> {
    const folder = join(await this.root(place.shareId, place.folder), checkedPrefix(place.key));
    await rm(folder, { recursive: true, force: true });
  }
}

async function* below(folder: string, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    const key = `${prefix}${entry.name}`;
    if (entry.isDirectory()) yield* below(join(folder, entry.name), `${key}/`);
    else if (entry.isFile() && !entry.name.includes(half)) {
      const found = await stat(join(folder, entry.name)).catch(() => null);
      if (found) yield { key, bytes: found.size };
    }
  }
}

/** A name is in its folder for good only when the folder is written too. */
async function persist(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** They become paths. */
function checkedKey(key: string): string {
  if (key.split('/').every((name) => part.test(name) && !name.includes(half))) return key;
  throw invalid('key', 'What was told of an object names none.');
}

const checkedPrefix = (prefix: string): string =>
  prefix === '' ? '' : `${checkedKey(prefix.endsWith('/') ? prefix.slice(0, -1) : '')}/`;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? (error as NodeJS.ErrnoException).code : undefined;
