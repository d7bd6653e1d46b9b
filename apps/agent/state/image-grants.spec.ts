import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageGrants } from './image-grants.js';

describe('image grants', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-grants-'));
  const file = join(folder, 'state', 'images.json');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('leave an image that nobody paid for with credentials to everybody', async () => {
    expect(await new ImageGrants(null).allows('sha256:a', 'p1')).toBe(true);
  });

  it('keep a granted image to the projects that were let in, also after a restart', async () => {
    const grants = new ImageGrants(file);
    await Promise.all([grants.grant('sha256:a', 'p1'), grants.grant('sha256:a', 'p2'), grants.grant('sha256:b', 'p1')]);
    const next = new ImageGrants(file);
    expect(await next.allows('sha256:a', 'p1')).toBe(true);
    expect(await next.allows('sha256:a', 'p2')).toBe(true);
    expect(await next.allows('sha256:a', 'p3')).toBe(false);
    expect(await next.allows('sha256:b', 'p2')).toBe(false);
  });

  it('forget the limit once the image can be had without credentials', async () => {
    const grants = new ImageGrants(file);
    await grants.open('sha256:b');
    expect(await grants.allows('sha256:b', 'p2')).toBe(true);
    expect(readFileSync(file, 'utf8')).not.toContain('sha256:b');
  });

  it('open nothing while their record cannot be read', async () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{');
    await expect(new ImageGrants(broken).allows('sha256:a', 'p1')).rejects.toThrow();
  });
});
