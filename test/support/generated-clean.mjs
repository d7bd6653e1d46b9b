// Generated files are committed: generating them again must change nothing.
import { execFileSync } from 'node:child_process';

const generated = ['libs/agent-protocol/generated', 'docs/api', 'docs/generated'];
const git = (...args) => execFileSync('git', [...args, '--', ...generated], { encoding: 'utf8' });
const state = () => git('status', '--porcelain') + git('diff');

const before = state();
execFileSync('npm', ['run', '--silent', 'gen'], { stdio: 'inherit' });
if (state() !== before) {
  console.error(
    `Generated files differ from their sources. Run "npm run gen" and commit what it changes:\n${git('status', '--short')}`,
  );
  process.exit(1);
}
