import { writeFileSync } from 'node:fs';
import { Lab } from './lab/lab.js';
import { listMeasure } from './list/list.measure.js';
import { lossMeasure } from './loss/loss.measure.js';
import { memoryMeasure } from './memory/memory.measure.js';
import { BenchUsageError, readOptions, type BenchOptions } from './options.js';
import { overlayMeasure } from './overlay/overlay.measure.js';
import { reconcileMeasure } from './reconcile/reconcile.measure.js';
import { recoverMeasure } from './recover/recover.measure.js';
import type { Result } from './report/result.js';
import { table } from './report/table.js';
import { stackMeasure } from './stack/stack.measure.js';

const measures = [
  stackMeasure,
  listMeasure,
  reconcileMeasure,
  recoverMeasure,
  lossMeasure,
  overlayMeasure,
  memoryMeasure,
];
const say = (line: string) => void process.stderr.write(`${line}\n`);

async function bench(options: BenchOptions): Promise<Result[]> {
  const lab = new Lab(say);
  const results: Result[] = [];
  const interrupted = () => void lab.close().finally(() => process.exit(130));
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    for (const measure of measures.filter(({ name }) => options.measures.includes(name))) {
      const began = performance.now();
      results.push(...(await measure.run(lab, options.rounds ?? measure.rounds)));
      say(`${measure.name}: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    }
    return results;
  } finally {
    await lab.close();
  }
}

try {
  const options = readOptions(
    process.argv.slice(2),
    measures.map(({ name }) => name),
  );
  const results = await bench(options);
  process.stdout.write(`${table(results)}\n`);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
} catch (error) {
  say(error instanceof BenchUsageError ? error.message : ((error as Error).stack ?? String(error)));
  process.exitCode = error instanceof BenchUsageError ? 2 : 1;
}
