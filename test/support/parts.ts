// npm run parts -- [start|stop|env] [postgres redis podman docker]: keeps the tests' parts running between runs.
import { join, resolve } from 'node:path';
import { partNames, TestParts, type TestPartName } from './test-parts.js';

const [verb = 'start', ...given] = process.argv.slice(2);
const parts = await TestParts.open(join(resolve(import.meta.dirname, '../..'), '.parts'));
const names = given.length > 0 ? (given as TestPartName[]) : [...partNames];

if (verb === 'stop') {
  await parts.remove();
} else if (verb === 'start' || verb === 'env') {
  const wanted = verb === 'start' ? names : names.filter((name) => parts.isRunning(name));
  const environment = await parts.start(wanted, (line) => console.error(line));
  for (const [name, value] of Object.entries(environment)) console.log(`export ${name}='${value}'`);
} else {
  console.error('Say start, stop or env.');
  process.exitCode = 2;
}
