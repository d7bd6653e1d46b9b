import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandResult, KernelPort } from './kernel.port.js';

const settings = '/proc/sys/net';
const longestMs = 20_000;
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The kernel that this process stands on, in its own network namespace. */
export class ShellKernel extends KernelPort {
  run(command: string, args: readonly string[], input = ''): Promise<CommandResult> {
    return new Promise((resolve) => {
      const child = spawn(command, args, {
        stdio: 'pipe',
        timeout: longestMs,
        env: { PATH: folders.join(':'), LC_ALL: 'C' },
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.on('error', (error) => resolve({ code: 127, stdout, stderr: error.message }));
      child.on('close', (code, signal) => resolve({ code: code ?? 128, stdout, stderr: signal ? signal : stderr }));
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
    });
  }

  async readSetting(path: string): Promise<string | null> {
    try {
      return (await readFile(join(settings, path), 'utf8')).trim();
    } catch {
      return null;
    }
  }

  writeSetting(path: string, value: string): Promise<void> {
    return writeFile(join(settings, path), value);
  }
}
