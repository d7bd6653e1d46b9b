// Generated files are committed: generating them again must change nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const generated = ['libs/agent-protocol/generated', 'docs/api', 'docs/generated'];
/** Not git's word: a checkout may have come without it. */
const state = () =>
  new Map(
    generated
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );

const before = state();
execFileSync('npm', ['run', '--silent', 'gen'], { stdio: 'inherit' });
const after = state();
const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
  (path) => before.get(path) !== after.get(path),
);
if (changed.length > 0) {
  console.error(
    `Generated files differ from their sources. Run "npm run gen" and commit what it changes:\n${changed.join('\n')}`,
  );
  process.exit(1);
}
