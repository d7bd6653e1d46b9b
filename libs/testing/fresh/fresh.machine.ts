import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { ensurePackages } from '#libs/launch/debian/packages.js';
import { LaunchError } from '#libs/launch/launch-error.js';
import { run } from '#libs/launch/process/run.js';

const packages = ['debootstrap', 'iproute2', 'nftables', 'git'] as const;
/** What even a small Debian has when somebody works on it. */
const included = 'ca-certificates,curl,iproute2,procps';
const machine = 'pierhead-fresh';
const network = { ours: '198.18.250.1/30', theirs: '198.18.250.2/30', gateway: '198.18.250.1', from: '198.18.250.2' };

/**
 * Makes its own root that of everything, with devices and a `/run` of its own, as process 1. `/run` and all else that
 * is mounted here is gone with it.
 */
const boot = String.raw`
R=$1; shift
mount --make-rprivate /
mount --bind "$R" "$R"
mount -t proc proc "$R/proc"
mount --rbind /sys "$R/sys"
mount -t tmpfs -o mode=755 dev "$R/dev"
for name in null zero full random urandom tty fuse loop-control; do
  [ -e "/dev/$name" ] && touch "$R/dev/$name" && mount --bind "/dev/$name" "$R/dev/$name"
done
for number in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do mknod "$R/dev/loop$number" b 7 "$number"; done
mkdir -p "$R/dev/pts" "$R/dev/shm" "$R/dev/net" "$R/old"
[ -e /dev/net/tun ] && touch "$R/dev/net/tun" && mount --bind /dev/net/tun "$R/dev/net/tun"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/$(echo $number | cut -d: -f1)" "$R/dev/$(echo $number | cut -d: -f2)"; done
mount -t tmpfs shm "$R/dev/shm"
mount -t tmpfs run "$R/run"
hostname fresh
cd "$R"
pivot_root . old
cd /root/pierhead
umount -l /old
exec env -i HOME=/root TERM="$TERM" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
`;

/**
 * A Debian as it is installed, with Node and nothing else, and a clone of the checkout on it: where it shows whether the
 * two commands need anything that happens to be on the machine where they were written. It shares the kernel and has
 * processes, network, mounts and files of its own.
 */
export class FreshMachine {
  private readonly base: string;
  private readonly root: string;

  constructor(
    private readonly checkout: string,
    folder: string,
    private readonly say: (line: string) => void,
  ) {
    this.base = join(folder, 'debian');
    this.root = join(folder, 'root');
  }

  /** A new one, in place of the one before. The Debian that it is a copy of is fetched once. */
  async make(): Promise<void> {
    if (process.getuid?.() !== 0) throw new LaunchError('Only root makes a machine.');
    await ensurePackages(packages, this.say);
    if (!existsSync(join(this.base, 'complete'))) {
      this.say('Fetching a small Debian 12');
      rmSync(this.base, { recursive: true, force: true });
      mkdirSync(this.base, { recursive: true });
      await run('debootstrap', ['--variant=minbase', `--include=${included}`, 'bookworm', this.base]);
      writeFileSync(join(this.base, 'complete'), '');
    }
    rmSync(this.root, { recursive: true, force: true });
    await run('cp', ['-a', '--reflink=auto', this.base, this.root]);
    await this.addNode();
    // Settings of the registry, and authorities that this machine trusts.
    const ofAll = (await run('npm', ['config', 'get', 'globalconfig'])).stdout.trim();
    this.copy(ofAll, join('usr', 'etc', 'npmrc'));
    this.copy(join(homedir(), '.npmrc'), join('root', '.npmrc'));
    for (const file of ['/etc/ssl/certs/ca-certificates.crt', '/etc/resolv.conf']) this.copy(file, file);
    writeFileSync(join(this.root, 'etc', 'hosts'), `127.0.0.1 localhost fresh ${hostname()}\n`);
    await run('git', ['clone', '-q', this.checkout, join(this.root, 'root', 'pierhead')]);
  }

  /**
   * Runs a command in the clone on it, with the terminal; all its processes end with the command.
   * @returns the exit code
   */
  async run(command: readonly string[]): Promise<number> {
    await this.unplug();
    try {
      await this.plug();
      const isolated = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc'];
      const args = [
        `--net=/run/netns/${machine}`,
        'unshare',
        ...isolated,
        'sh',
        '-ec',
        boot,
        'sh',
        this.root,
        ...command,
      ];
      const child = spawn('nsenter', args, { stdio: 'inherit' });
      return await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => resolve(code ?? 1));
      });
    } finally {
      await this.unplug();
    }
  }

  private async addNode(): Promise<void> {
    const node = realpathSync(process.execPath);
    const npm = realpathSync(join(dirname(process.execPath), 'npm'));
    cpSync(node, join(this.root, 'usr', 'bin', 'node'));
    const modules = dirname(dirname(dirname(npm)));
    await run('cp', ['-a', join(modules, 'npm'), join(this.root, 'usr', 'lib', 'npm')]);
    for (const name of ['npm', 'npx']) {
      await run('ln', ['-sf', `../lib/npm/bin/${name}-cli.js`, join(this.root, 'usr', 'bin', name)]);
    }
  }

  private copy(from: string, to: string): void {
    if (!existsSync(from)) return;
    mkdirSync(dirname(join(this.root, to)), { recursive: true });
    writeFileSync(join(this.root, to), readFileSync(from));
  }

  /** Its network leads to the outside through this machine's. */
  private async plug(): Promise<void> {
    await run('ip', ['netns', 'add', machine]);
    await run('ip', ['link', 'add', machine, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine]);
    await run('ip', ['address', 'add', network.ours, 'dev', machine]);
    await run('ip', ['link', 'set', machine, 'up']);
    const inside = (...args: string[]) => run('ip', ['-n', machine, ...args]);
    await inside('address', 'add', network.theirs, 'dev', 'eth0');
    await inside('link', 'set', 'eth0', 'up');
    await inside('link', 'set', 'lo', 'up');
    await inside('route', 'add', 'default', 'via', network.gateway);
    const masquerade = `table ip ${machine} {
      chain out { type nat hook postrouting priority 100; ip saddr ${network.from} oifname != "${machine}" masquerade; }
    }`;
    await run('nft', ['-f', '-'], { stdin: masquerade });
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  }

  private async unplug(): Promise<void> {
    const quiet = { accept: [0, 1, 255] };
    await run('nft', ['delete', 'table', 'ip', machine], quiet);
    await run('ip', ['link', 'delete', machine], quiet);
    await run('ip', ['netns', 'delete', machine], quiet);
  }
}
