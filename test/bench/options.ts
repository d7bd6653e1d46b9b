import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Names of the measures to run, in the order they are known. */
  measures: string[];
  /** Where the results are written as JSON; null for nowhere. */
  json: string | null;
  /** Rounds of every measure; null leaves each its own number. */
  rounds: number | null;
}

export class BenchUsageError extends Error {}

/** `[MEASURE…] [--json FILE] [--rounds N]`; no name is every measure. Throws BenchUsageError with a sentence. */
export function readOptions(argv: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parse(argv);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new BenchUsageError(`There is no measure called ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  const rounds = values.rounds === undefined ? null : Number(values.rounds);
  if (rounds !== null && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1_000)) {
    throw new BenchUsageError('--rounds takes a whole number from 1 to 1000.');
  }
  if (values.json === '') throw new BenchUsageError('--json takes the name of a file.');
  return {
    measures: known.filter((name) => positionals.length === 0 || positionals.includes(name)),
    json: values.json ?? null,
    rounds,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: 'string' }, rounds: { type: 'string' } },
    });
  } catch (error) {
    throw new BenchUsageError((error as Error).message);
  }
}
