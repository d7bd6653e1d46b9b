import type { Readable } from 'node:stream';
import type { ArchiveStat } from '../session.js';

const block = 512;
const kinds: Record<string, ArchiveStat['kind']> = { '': 'file', '0': 'file', '5': 'directory', '2': 'link' };

interface Entry {
  stat: ArchiveStat;
  /** Header and content blocks as they were put. */
  bytes: Buffer;
}

const text = (header: Buffer, at: number, length: number) =>
  header.toString('latin1', at, at + length).replace(/\0.*$/s, '');
const octal = (header: Buffer, at: number, length: number) => parseInt(text(header, at, length).trim() || '0', 8);

/** The files that were copied into a fake container, by their full path. */
export class FakeArchive {
  private readonly entries = new Map<string, Entry>();

  async put(path: string, content: Readable): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of content as AsyncIterable<Buffer>) chunks.push(chunk);
    const tar = Buffer.concat(chunks);
    for (let at = 0; at + block <= tar.length && tar[at] !== 0;) {
      const header = tar.subarray(at, at + block);
      const sizeBytes = octal(header, 124, 12);
      const length = block + Math.ceil(sizeBytes / block) * block;
      const name = text(header, 0, 100).replace(/^\.\//, '').replace(/\/$/, '');
      this.entries.set(`${path.replace(/\/$/, '')}/${name}`, {
        stat: {
          name: name.split('/').pop() ?? name,
          kind: kinds[text(header, 156, 1)] ?? 'other',
          sizeBytes,
          mode: octal(header, 100, 8) & 0o777,
          modifiedAt: new Date(octal(header, 136, 12) * 1000),
          linkTarget: text(header, 157, 100),
        },
        bytes: tar.subarray(at, at + length),
      });
      at += length;
    }
  }

  /** A file, or a directory with all that is below it. `/` is always there. */
  get(path: string): { stat: ArchiveStat; tar: Buffer } | undefined {
    const plain = path.replace(/\/\.?$/, '');
    const entry = this.entries.get(plain);
    const below = [...this.entries].filter(([name]) => name.startsWith(`${plain}/`)).map(([, { bytes }]) => bytes);
    if (!entry && !below.length && plain !== '') return undefined;
    const stat = entry?.stat ?? directory(plain.split('/').pop() ?? '');
    return { stat, tar: Buffer.concat([...(entry ? [entry.bytes] : []), ...below, Buffer.alloc(block * 2)]) };
  }
}

const directory = (name: string): ArchiveStat => ({
  name,
  kind: 'directory',
  sizeBytes: 0,
  mode: 0o755,
  modifiedAt: new Date(0),
  linkTarget: '',
});
