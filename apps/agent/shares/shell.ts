import { execFile } from 'node:child_process';

/** A sentence on why a share is not as it should be. */
export class ShareProblem extends Error {}

const longestMs = 120_000;

/** Runs a program of the node to its end; a ShareProblem with its last words when it fails. */
export function shell(command: string, args: readonly string[]): Promise<string> {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, timeout: longestMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const missing = error.code === 'ENOENT';
      const said = stderr.trim().split('\n').at(-1) ?? '';
      reject(new ShareProblem(missing ? `${command} is not installed on this node.` : `${command}: ${said}`));
    });
  });
}
