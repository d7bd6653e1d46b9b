import { execFile } from 'node:child_process';

/** One volume’s files are counted for so long at most. */
const longestMs = 60_000;

/**
 * Bytes that the files below a folder take on its disk, of that file system alone; null when they cannot be counted
 * from here, or not in time. It runs at the lowest priority, as its own process, which stops with the signal.
 */
export function diskUsage(folder: string, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const options = { timeout: longestMs, killSignal: 'SIGKILL' as const, signal };
    execFile('nice', ['-n', '19', 'du', '-s', '-x', '-B1', '--', folder], options, (error, stdout) => {
      const bytes = Number.parseInt(stdout, 10);
      // Files that vanish meanwhile make it complain; its sum is good all the same.
      const broken = error !== null && (error.killed === true || error.code === 'ABORT_ERR');
      resolve(broken || !Number.isSafeInteger(bytes) ? null : bytes);
    });
  });
}
