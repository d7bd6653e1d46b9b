// npm run fresh -- COMMAND…: a command on a Debian as it is installed, in a clone of what is committed here.
import { resolve } from 'node:path';
import { FreshMachine } from '#libs/testing/fresh/fresh.machine.js';

const checkout = resolve(import.meta.dirname, '../..');
const command = process.argv.slice(2);
if (command.length === 0) {
  console.error('Say what is to be run, e.g. ./pierhead up -d, ./pierhead test, bash.');
  process.exit(2);
}
const machine = new FreshMachine(checkout, '/var/lib/pierhead-fresh', (line) => console.log(line));
// The terminal tells the command itself; this only has to wait for its end.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
await machine.make();
process.exitCode = await machine.run(command);
