import { spawn } from 'node:child_process';
import { LaunchError } from '../launch-error.js';

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stdin?: string;
  timeoutMs?: number;
  /** Exit codes that are answers, not failures. */
  accept?: readonly number[];
  /** Receives every piece of output as it comes. */
  onOutput?: (text: string) => void;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

const tail = (text: string, lines = 12) => text.trimEnd().split('\n').slice(-lines).join('\n');

/** Runs a program to its end. Throws LaunchError with the last lines it wrote when it fails or is not there. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env ?? process.env, cwd: options.cwd, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    const timer =
      options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), options.timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      options.onOutput?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      options.onOutput?.(text);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new LaunchError(`${command} can't be run: ${error.message}.`, { cause: error }));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const accepted = options.accept ?? [0];
      if (code !== null && accepted.includes(code)) return resolve({ code, stdout, stderr });
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      reject(new LaunchError(`${command} ${args[0] ?? ''} ${how}:\n${tail(stderr || stdout)}`));
    });
    // A program that ends before reading its input is judged by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}
