import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '#apps/agent/testing/until.js';
import { ensurePackages } from '#libs/launch/debian/packages.js';
import { freePort } from '#libs/launch/ports/port.js';
import { run } from '#libs/launch/process/run.js';

/** Debian's docker-registry on this machine, in front of which stands one user with a password. */
export class PrivateRegistry {
  private constructor(
    readonly host: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(user: string, password: string): Promise<PrivateRegistry> {
    await ensurePackages(['docker-registry', 'perl-base'], (line) => process.stderr.write(`${line}\n`));
    const folder = mkdtempSync(join(tmpdir(), 'pierhead-registry-'));
    const host = `127.0.0.1:${await freePort()}`;
    // The registry takes bcrypt only, which Perl's own crypt() makes.
    const salt = '$2b$05$pierheadpierheadpierhe';
    const { stdout: hash } = await run('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, salt]);
    writeFileSync(join(folder, 'htpasswd'), `${user}:${hash}\n`);
    const configuration = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, 'data') } },
      http: { addr: host },
      auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } },
    };
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(configuration));
    const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    const registry = new PrivateRegistry(host, folder, child);
    let answers = false;
    const ask = () =>
      void fetch(`http://${host}/v2/`)
        .then(({ status }) => (answers = status === 401))
        .catch(() => undefined);
    await until(
      'the registry asks for a password',
      () => {
        ask();
        return answers;
      },
      10_000,
    );
    return registry;
  }

  stop(): void {
    this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
