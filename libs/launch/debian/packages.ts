import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { LaunchError } from '../launch-error.js';
import { run } from '../process/run.js';

export const podmanPackages = [
  'podman',
  'runc',
  'netavark',
  'aardvark-dns',
  'iptables',
  'catatonit',
  'ca-certificates',
] as const;
export const imagePackages = ['busybox-static'] as const;
export const redisPackages = ['redis-server'] as const;
/** What an agent programs a node's private networks and addresses with. */
export const networkPackages = ['iproute2', 'nftables', 'iptables', 'iputils-arping'] as const;
/** What throughput is measured with; benchmarks only. */
export const trafficPackages = ['iperf3'] as const;
/** What the edge role of an agent answers the public with. */
export const edgePackages = ['haproxy'] as const;
/** What the storage role of an agent keeps file shares with. */
export const storagePackages = ['nfs-ganesha', 'nfs-ganesha-vfs', 'e2fsprogs'] as const;
/** A client that needs nothing of the kernel, to try them with. */
export const nfsClientPackages = ['libnfs-utils'] as const;
export const dockerPackages = ['docker.io', 'iptables', 'iproute2'] as const;

/** Of `wanted`, what `dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n'` does not show as installed. */
export function missingFrom(listing: string, wanted: readonly string[]): string[] {
  const installed = new Set(
    listing
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.startsWith('ii'))
      .map((fields) => fields[0]),
  );
  return [...new Set(wanted)].filter((name) => !installed.has(name));
}

/** Debian, or one of its family, by /etc/os-release. */
export function isDebianFamily(osRelease: string): boolean {
  const ids = [...osRelease.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)].flatMap((match) =>
    (match[1] ?? '').replace(/"/g, '').split(/\s+/),
  );
  return ids.includes('debian') || ids.includes('ubuntu');
}

const elsewhere = 'or run everything in containers with docker-compose.yml (docker compose up)';

/** Why packages can't be installed here, or undefined when they can. */
export function refusal(missing: readonly string[], osRelease: string, isRoot: boolean): string | undefined {
  const names = missing.join(' ');
  if (!isDebianFamily(osRelease)) {
    return `This is not Debian or Ubuntu, so nothing is installed by itself. Install what the Debian packages ${names} hold, ${elsewhere}.`;
  }
  if (!isRoot) {
    return `These packages are missing and only root can install them: run "sudo apt-get install --no-install-recommends ${names}", ${elsewhere}.`;
  }
  return undefined;
}

export async function missingPackages(wanted: readonly string[]): Promise<string[]> {
  if (!existsSync('/usr/bin/dpkg-query')) return [...wanted];
  const format = '${Package} ${db:Status-Abbrev}\\n';
  const listing = await run('dpkg-query', ['-W', '-f', format, ...wanted], { accept: [0, 1] });
  return missingFrom(listing.stdout, wanted);
}

const policyFile = '/usr/sbin/policy-rc.d';

/**
 * Installs what is missing of `wanted`. The services that the packages bring are not started: the platform
 * starts its own, with its own ports and folders.
 * @throws LaunchError with what to type, when this user or system can't install.
 */
export async function ensurePackages(wanted: readonly string[], say: (line: string) => void): Promise<string[]> {
  const missing = await missingPackages(wanted);
  if (missing.length === 0) return [];
  const osRelease = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const no = refusal(missing, osRelease, process.getuid?.() === 0);
  if (no) throw new LaunchError(no);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const lock = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = ['install', '-y', '-q', '--no-install-recommends', ...lock, ...missing];
  const holdServices = !existsSync(policyFile);
  if (holdServices) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    say('apt-get update');
    await run('apt-get', ['update', '-q', ...lock], { env });
    say(`apt-get install ${missing.join(' ')}`);
    await run('apt-get', install, { env });
  } finally {
    if (holdServices) rmSync(policyFile, { force: true });
  }
  return missing;
}
