export interface TarEntry {
  path: string;
  mode: number;
  content?: Buffer;
  /** Target of a symbolic link. */
  link?: string;
  folder?: boolean;
}

const block = 512;

function header(entry: TarEntry): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  const size = entry.content?.length ?? 0;
  bytes.write(entry.path, 0, 100);
  bytes.write(octal(entry.mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write(' '.repeat(8), 148);
  bytes.write(entry.folder ? '5' : entry.link === undefined ? '0' : '2', 156);
  bytes.write(entry.link ?? '', 157, 100);
  bytes.write('ustar\0' + '00', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

/** A ustar archive owned by root and dated 1970, so the same entries always give the same bytes. Paths ≤ 100 bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const pieces = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    return [header(entry), content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return Buffer.concat([...pieces, Buffer.alloc(2 * block)]);
}
