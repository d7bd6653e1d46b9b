import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { tarOfFolder } from './folder.tar.js';

async function present(folder: string): Promise<Readable> {
  const content = await tarOfFolder(folder);
  if (!content) throw new Error('There is no such folder.');
  return content;
}

describe('a folder as a tar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-tar-'));
  const outside = mkdtempSync(join(tmpdir(), 'pierhead-outside-'));
  afterAll(() => [folder, outside].forEach((each) => rmSync(each, { recursive: true })));

  it('has modes and links as they are, and nothing that a link leads to', async () => {
    writeFileSync(join(outside, 'secret'), 'of somebody else');
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'deep/one'), 'one');
    chmodSync(join(folder, 'deep/one'), 0o640);
    symlinkSync(outside, join(folder, 'link'));
    const content = await buffer(await present(folder));
    const listed = execFileSync('tar', ['-tvf', '-'], { input: content }).toString();
    expect(listed).toMatch(/^-rw-r----- .* \.\/deep\/one$/m);
    expect(listed).toMatch(new RegExp(`^l.* \\./link -> ${outside}$`, 'm'));
    expect(content.includes('of somebody else')).toBe(false);
  });

  it('is none where there is no folder', async () => {
    expect(await tarOfFolder(join(folder, 'absent'))).toBeNull();
    expect(await tarOfFolder('')).toBeNull();
  });

  it('breaks, rather than seem whole, when the folder goes meanwhile', async () => {
    const going = mkdtempSync(join(tmpdir(), 'pierhead-going-'));
    const content = await present(going);
    rmSync(going, { recursive: true });
    await expect(buffer(content)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
