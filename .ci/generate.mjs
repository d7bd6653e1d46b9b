// npm run gen: every script of package.json whose name starts with `gen:`, one after the other.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of Object.keys(scripts).filter((script) => script.startsWith('gen:'))) {
  console.error(name);
  execFileSync('npm', ['run', '--silent', name], { stdio: ['ignore', 'ignore', 'inherit'] });
}
