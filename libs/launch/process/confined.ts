import { LaunchError } from '../launch-error.js';
import { run } from './run.js';

export interface Bind {
  from: string;
  to: string;
}

export interface UserIds {
  uid: number;
  gid: number;
}

/** A user's ids, made as a system account without a login when it is not there and `create` is set. */
export async function userIds(name: string, create: boolean): Promise<UserIds> {
  const look = () => run('id', ['-u', name], { accept: [0, 1] });
  let uid = await look();
  if (uid.code !== 0 && create) {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name]);
    uid = await look();
  }
  if (uid.code !== 0) throw new LaunchError(`There is no user "${name}" on this machine.`);
  const gid = await run('id', ['-g', name]);
  return { uid: Number(uid.stdout.trim()), gid: Number(gid.stdout.trim()) };
}

const script = `
while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 1; shift 2; done
shift
exec "$@"`;

/**
 * The command line that runs a program as a lesser user although its files lie below folders that only root
 * may enter: in a mount namespace of its own, each folder is bound to a place that the user can reach. All of
 * it replaces itself by exec, so the pid stays that of the program, and the mounts end with it.
 */
export function confined(
  user: UserIds,
  binds: readonly Bind[],
  command: string,
  args: readonly string[],
): { command: string; args: string[] } {
  return {
    command: 'unshare',
    args: [
      ...['--mount', '--propagation', 'private', '--', 'sh', '-c', script, 'sh'],
      ...binds.flatMap((bind) => [bind.from, bind.to]),
      ...['--', 'setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--', command],
      ...args,
    ],
  };
}
