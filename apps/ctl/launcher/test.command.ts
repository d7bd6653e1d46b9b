import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  dockerPackages,
  edgePackages,
  ensurePackages,
  imagePackages,
  networkPackages,
  nfsClientPackages,
  podmanPackages,
  redisPackages,
  storagePackages,
} from '#libs/launch/debian/packages.js';
import { LaunchError } from '#libs/launch/launch-error.js';
import { run } from '#libs/launch/process/run.js';
import { Progress } from './progress.js';
import { add, failedStep, lastLine, noTotals, totalsOf, type JestReport, type Totals } from './test-summary.js';

const checks = ['check:format', 'check:types', 'check:imports', 'check:generated'];
const projects = ['unit', 'migrations', 'medium', 'conformance', 'e2e', 'lab'];
/** These wait for engines and timers more than they work; the lab's machines have none in common with them. */
const besideLab = ['conformance', 'e2e'];
/** Their files share nothing. */
const sideBySide = ['unit'];
/**
 * Run as two halves at once, each with servers of its own: on one server a transaction that a test keeps open holds back
 * what another one's events show.
 */
const inHalves = ['medium'];
const every = [
  ...[...redisPackages, ...podmanPackages, ...dockerPackages, ...imagePackages, ...networkPackages],
  ...[...edgePackages, ...storagePackages, ...nfsClientPackages],
];

/**
 * Runs the checks, then the tests from the fastest to the slowest; everything runs whatever fails before it.
 * @param chosen names of projects, or `check`; none means all
 * @returns the exit code
 */
export async function test(checkout: string, chosen: readonly string[]): Promise<number> {
  const progress = new Progress();
  const unknown = chosen.find((name) => name !== 'check' && !projects.includes(name));
  if (unknown) throw new LaunchError(`There are no tests "${unknown}". There are: check, ${projects.join(', ')}.`);
  const wanted = (name: string) => chosen.length === 0 || chosen.includes(name);
  let totals = noTotals;
  try {
    await progress.step('Debian packages', () => ensurePackages(every, (line) => progress.detail(line)));
  } catch (error) {
    totals = add(totals, failedStep('Debian packages', (error as Error).message));
  }
  if (wanted('check')) {
    // The longest beside all others.
    const [lint, others] = await Promise.all([
      check(checkout, 'check:lint', progress),
      inTurn(checks, (name) => check(checkout, name, progress)),
    ]);
    totals = add(totals, add(lint, others));
  }
  const runAll = (names: readonly string[]) =>
    inTurn(names.filter(wanted), (name) => runProject(checkout, name, progress));
  totals = add(totals, await runAll(['unit', 'migrations', 'medium']));
  for (const some of await Promise.all([runAll(besideLab), runAll(['lab'])])) totals = add(totals, some);
  progress.line('');
  for (const failure of totals.failures) progress.line(`FAILED ${failure}\n`);
  progress.line(lastLine(totals));
  return totals.failed > 0 ? 1 : 0;
}

async function inTurn(names: readonly string[], act: (name: string) => Promise<Totals>): Promise<Totals> {
  let totals = noTotals;
  for (const name of names) totals = add(totals, await act(name));
  return totals;
}

async function check(checkout: string, name: string, progress: Progress): Promise<Totals> {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  if (!scripts[name]) return noTotals;
  try {
    // Only what fails is worth reading, and it is printed at the end.
    await progress.step(name, () => run('npm', ['run', '--silent', name], { cwd: checkout }));
    return noTotals;
  } catch (error) {
    return failedStep(name, (error as Error).message);
  }
}

async function runProject(checkout: string, project: string, progress: Progress): Promise<Totals> {
  const workers = sideBySide.includes(project) ? Math.max(2, availableParallelism()) : 1;
  const halves = inHalves.includes(project) ? [['--shard=1/2'], ['--shard=2/2']] : [[]];
  const act = async () => {
    const runs = halves.map((half) => jest(checkout, project, [`--maxWorkers=${workers}`, ...half], progress));
    return (await Promise.all(runs)).reduce(add);
  };
  return progress.step(project, act, ({ failed }) => failed === 0);
}

/** One run of jest to its end. */
async function jest(
  checkout: string,
  project: string,
  options: readonly string[],
  progress: Progress,
): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), 'pierhead-report-'));
  const file = join(folder, 'report.json');
  const program = join(checkout, 'node_modules', 'jest', 'bin', 'jest.js');
  const node = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning'];
  const args = ['--selectProjects', project, '--passWithNoTests', '--json', `--outputFile=${file}`, ...options];
  const own = inHalves.includes(project) ? { PIERHEAD_TEST_OWN_PARTS: 'true' } : {};
  let written = '';
  try {
    await run(process.execPath, [...node, program, ...args], {
      cwd: checkout,
      env: { ...process.env, ...own, NODE_OPTIONS: node.join(' ') },
      accept: [0, 1],
      onOutput: (text) => {
        written = (written + text).slice(-20_000);
        for (const line of text.split('\n')) if (/^(PASS|FAIL|\[test parts\])/.test(line)) progress.detail(line);
      },
    });
    return totalsOf(project, JSON.parse(readFileSync(file, 'utf8')) as JestReport, checkout);
  } catch {
    return failedStep(`${project} could not be run to its end`, written);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
