import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { LaunchError } from '#libs/launch/launch-error.js';
import { down } from './launcher/down.command.js';
import { logs } from './launcher/logs.command.js';
import { reset } from './launcher/reset.command.js';
import { status } from './launcher/status.command.js';
import { test } from './launcher/test.command.js';
import { supervise, up } from './launcher/up.command.js';

const usage = `Usage: ./pierhead COMMAND

  up [-d] [--no-sample]   start everything and deploy the sample stack; Ctrl-C stops it again.
                          -d, or a standard output that is no terminal: return once it runs.
                          --foreground: stay, whatever the standard output is
  down [--containers]     stop everything; containers run on unless --containers is given
  status [--json]         parts, endpoints, nodes
  logs [PART] [-f]        the parts' logs
  reset [--yes]           remove everything, data included; asks first
  test [PROJECT…]         install what is missing, then run every check and every test
`;

const flag = { type: 'boolean' as const, default: false };

/** The nearest folder above that holds a package: the program may run from dist or, without a build, as it stands. */
function checkoutOf(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder) throw new LaunchError('This program is not in a checkout of Pierhead.');
  return checkoutOf(above);
}

async function main(argv: readonly string[]): Promise<number> {
  const checkout = process.env.PIERHEAD_CHECKOUT || checkoutOf(import.meta.dirname);
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      detach: { ...flag, short: 'd' },
      foreground: flag,
      'no-sample': flag,
      containers: flag,
      json: flag,
      follow: { ...flag, short: 'f' },
      yes: { ...flag, short: 'y' },
      help: { ...flag, short: 'h' },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(usage);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'up': {
      const detach = values.detach || (!process.stdout.isTTY && !values.foreground);
      await up(checkout, { detach, sample: !values['no-sample'] });
      return 0;
    }
    case 'supervise':
      await supervise(checkout);
      return 0;
    case 'down':
      await down(checkout, { containers: values.containers });
      return 0;
    case 'status':
      return status(checkout, { json: values.json });
    case 'logs':
      await logs(checkout, { part: rest[0], follow: values.follow });
      return 0;
    case 'reset':
      await reset(checkout, { yes: values.yes });
      return 0;
    case 'test':
      return test(checkout, rest);
    default:
      throw new LaunchError(`There is no command "${command}".\n\n${usage}`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof LaunchError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${known ? (error as Error).message : (error as Error).stack}\n`);
  process.exitCode = 1;
}
