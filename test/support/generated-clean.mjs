// Generated files are committed: generating them again must change nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const state = () =>
  execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' }) +
  execFileSync('git', ['diff'], { encoding: 'utf8' });

const before = state();
if (scripts.gen) execFileSync('npm', ['run', '--silent', 'gen'], { stdio: 'inherit' });
if (state() !== before) {
  console.error('Generated files differ from their sources: run "npm run gen" and commit what it changes.');
  process.exit(1);
}
