import { randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ensureTemplateDatabase } from './template-database.js';
import { chosenProjects, neededParts, sweepAbandoned, TestParts, variableOf } from './test-parts.js';

declare global {
  var pierheadTestParts: TestParts | undefined;
}

const root = resolve(import.meta.dirname, '../..');
const keptFolder = join(root, '.parts');

/**
 * Starts the real parts that the selected tests need and names them in the environment. What the environment
 * names already is used as it is, and so is what `npm run parts` keeps running, unless PIERHEAD_TEST_OWN_PARTS says
 * that others use that at the same time.
 */
export async function setUp(): Promise<void> {
  const say = (line: string) => process.stderr.write(`[test parts] ${line}\n`);
  const wanted = neededParts(process.argv, process.env.PIERHEAD_TEST_PARTS).filter(
    (name) => !process.env[variableOf[name]],
  );
  if (chosenProjects(process.argv).some((project) => ['e2e', 'lab'].includes(project))) buildWhatIsTested();
  await sweepAbandoned();
  const mayShare = !process.env.PIERHEAD_TEST_OWN_PARTS;
  const kept = mayShare && existsSync(keptFolder) ? await TestParts.open(keptFolder) : undefined;
  const reused = wanted.filter((name) => kept?.isRunning(name));
  if (kept && reused.length > 0) Object.assign(process.env, await kept.start(reused, say));
  const own = wanted.filter((name) => !reused.includes(name));
  if (own.length > 0) {
    const parts = await TestParts.temporary();
    globalThis.pierheadTestParts = parts;
    try {
      Object.assign(process.env, await parts.start(own, say));
    } catch (error) {
      await parts.remove();
      throw error;
    }
  }
  const state = globalThis.pierheadTestParts?.state ?? kept?.state;
  if (process.env.TEST_DATABASE_URL && state) {
    state.secret('master.key', () => randomBytes(32).toString('base64'));
    process.env.PIERHEAD_MASTER_KEY_FILE ??= state.file('keys', 'master.key');
  }
  if (process.env.TEST_DATABASE_URL) {
    process.env.TEST_DATABASE_TEMPLATE = await ensureTemplateDatabase(
      root,
      process.env.TEST_DATABASE_URL,
      process.env.PIERHEAD_MASTER_KEY_FILE ?? '',
    );
  }
}

/** These tests run the compiled programs: the launcher builds them unless they are as new as their sources. */
function buildWhatIsTested(): void {
  const { status, stderr } = spawnSync(join(root, 'pierhead'), ['--help'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The programs could not be built:\n${stderr}`);
}
