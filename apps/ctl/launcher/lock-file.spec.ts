import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

interface Entry {
  optionalDependencies?: Record<string, string>;
}

const file = resolve(import.meta.dirname, '../../../package-lock.json');
const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> };

describe('package-lock.json', () => {
  it('names no registry', () => {
    expect(readFileSync(file, 'utf8')).not.toContain('"resolved"');
  });

  it('has the optional packages of every platform, without which npm ci refuses (npm run lock:complete)', () => {
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    const platforms = /darwin|win32|linux|freebsd|android|wasm32/;
    const missing = wanted
      .filter((name) => platforms.test(name))
      .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });
});
