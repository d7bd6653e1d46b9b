import { createInterface } from 'node:readline/promises';
import { Installation } from '#libs/launch/installation/installation.js';
import { removeNetworkLeftovers } from '#libs/launch/network/leftovers.js';
import { removeShareMounts } from '#libs/launch/storage/leftovers.js';
import { LaunchError } from '#libs/launch/launch-error.js';
import { down } from './down.command.js';
import { Progress } from './progress.js';

export interface ResetOptions {
  yes: boolean;
}

/** Removes everything that `up` made: processes, containers, images, volumes, data, keys. */
export async function reset(checkout: string, options: ResetOptions): Promise<void> {
  const progress = new Progress();
  const installation = Installation.open(checkout);
  const { state } = installation;
  if (!state.exists()) return progress.line('Nothing is installed here.');
  if (!options.yes && !(await agreed(state.path))) return progress.line('Nothing was removed.');
  await down(checkout, { containers: false });
  const podman = installation.podman;
  if (podman) await progress.step('containers and images', () => podman.destroy());
  await progress.step('private networks', () => removeNetworkLeftovers(installation.agentFolder));
  await progress.step('file shares', () => removeShareMounts(installation.agentFolder));
  await progress.step('state folder', () => Promise.resolve(state.remove()));
  if (installation.settings.databaseUrl) progress.line('The database that DATABASE_URL names was left as it is.');
  if (installation.settings.engine)
    progress.line('The containers of the engine that PIERHEAD_ENGINE names were left as they are.');
}

async function agreed(path: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new LaunchError('reset removes all data and asks first. In a script say "reset --yes".');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question(`Remove every container, volume, key and row of ${path}? Type "yes": `);
    return answer.trim() === 'yes';
  } finally {
    terminal.close();
  }
}
