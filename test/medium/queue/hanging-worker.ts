import { stdin, stdout } from 'node:process';
import { QueueBench } from './queue-bench.js';

/** A worker that never ends what it begins: URL and prefix on its command line; says each key that it took. */
const [, , url = '', prefix = ''] = process.argv;
const bench = new QueueBench({ url, sentinels: undefined, sentinelName: '', cluster: undefined }, prefix);
bench.work((key) => {
  stdout.write(`${key}\n`);
  return new Promise(() => undefined);
});
stdin.on('end', () => process.exit(0)).resume(); // Ends with the test.
