import type { ArchiveStat } from '../session.js';

/** The engine writes Go's file mode: kinds in the high bits, permissions in the low nine. */
const goMode = { directory: 0x80000000, link: 0x08000000, other: 0x07a80000 } as const;

interface StatHeader {
  name: string;
  size: number;
  mode: number;
  mtime: string;
  linkTarget: string;
}

const kindOf = (mode: number): ArchiveStat['kind'] => {
  const has = (bits: number) => (mode & bits) !== 0;
  if (has(goMode.directory)) return 'directory';
  if (has(goMode.link)) return 'link';
  return has(goMode.other) ? 'other' : 'file';
};

/** From the header of an archive's answer; what an engine leaves out is filled from the path. */
export const toArchiveStat = (header: string | string[] | undefined, path: string): ArchiveStat => {
  const text = Buffer.from(typeof header === 'string' ? header : '', 'base64').toString();
  const stat: Partial<StatHeader> = text === '' ? {} : (JSON.parse(text) as Partial<StatHeader>);
  return {
    name: stat.name ?? path.split('/').pop() ?? '',
    kind: kindOf(stat.mode ?? 0),
    sizeBytes: stat.size ?? 0,
    mode: (stat.mode ?? 0) & 0o777,
    modifiedAt: new Date(stat.mtime ?? 0),
    linkTarget: stat.linkTarget ?? '',
  };
};
