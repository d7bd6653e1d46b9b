import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationRoot, packageFolders } from './agent-package.js';

describe('the packages of an agent', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pierhead-packages-'));
    const add = (folder: string, manifest: object) => {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, 'package.json'), JSON.stringify(manifest));
    };
    add('.', {});
    add('node_modules/a', { dependencies: { b: '1' }, optionalDependencies: { nowhere: '1' } });
    add('node_modules/a/node_modules/b', { dependencies: { c: '1' } });
    add('node_modules/b', { dependencies: { '@scope/d': '1' } });
    add('node_modules/c', { dependencies: { a: '1' } });
    add('node_modules/@scope/d', {});
    add('node_modules/unwanted', {});
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are those that it names and all that they need, each as its user finds it', () => {
    // `a` has a `b` of its own, which goes with it; the other one is not needed.
    expect(packageFolders(root, ['a'])).toEqual(['node_modules/a', 'node_modules/c']);
    expect(packageFolders(root, ['b'])).toEqual(['node_modules/@scope/d', 'node_modules/b']);
    expect(() => packageFolders(root, ['nowhere'])).toThrow(/nowhere/);
  });

  it('are below the folder that has the package.json', () => {
    const deep = join(root, 'dist', 'apps');
    mkdirSync(deep, { recursive: true });
    expect(installationRoot(deep)).toBe(root);
  });
});
