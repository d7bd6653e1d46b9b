import { existsSync, readFileSync, statfsSync } from 'node:fs';

/** What an engine's configuration has to know of the machine; found out, never assumed. */
export interface MachineTraits {
  /** `unified` is cgroup v2 alone; crun before 1.9 runs on nothing else. */
  cgroups: 'unified' | 'hybrid-or-v1';
  /** Hard limits of this process that are below what engines ask for and can't be raised, by their ulimit name. */
  fixedLimits: Readonly<Record<string, number>>;
  systemd: boolean;
  /** False where the storage's file system can't be the upper layer of an overlay. */
  overlay: boolean;
  runtimes: readonly string[];
}

const cgroup2Magic = 0x63677270;
const overlayMagic = 0x794c7630;
const sysResource = 24n;
/** What container engines ask for by default, and the name of the row of /proc/self/limits that may forbid it. */
const wantedLimits = [
  { ulimit: 'nofile', row: 'Max open files', wanted: 1_048_576 },
  { ulimit: 'nproc', row: 'Max processes', wanted: 4_194_304 },
] as const;

/**
 * The limits, by ulimit name, whose hard value in the text of /proc/self/limits is below what engines ask for.
 * Podman lowers its own limit on processes to the kernel's highest pid, and can't give more than it has.
 */
export function tooLowLimits(limits: string, pidMax: number): Record<string, number> {
  return Object.fromEntries(
    wantedLimits.flatMap(({ ulimit, row, wanted }) => {
      const hard = new RegExp(`^${row}\\s+\\S+\\s+(\\S+)`, 'm').exec(limits)?.[1];
      if (hard === undefined || hard === 'unlimited' || Number(hard) >= wanted) return [];
      return [[ulimit, ulimit === 'nproc' ? Math.min(Number(hard), pidMax) : Number(hard)]];
    }),
  );
}

export function hasCapability(status: string, bit: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-fA-F]+)/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
}

export function machineTraits(storageFolder: string): MachineTraits {
  const raisable = hasCapability(readFileSync('/proc/self/status', 'utf8'), sysResource);
  const pidMax = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  return {
    cgroups: statfsSync('/sys/fs/cgroup').type === cgroup2Magic ? 'unified' : 'hybrid-or-v1',
    fixedLimits: raisable ? {} : tooLowLimits(readFileSync('/proc/self/limits', 'utf8'), pidMax),
    systemd: existsSync('/run/systemd/system'),
    overlay: statfsSync(storageFolder).type !== overlayMagic,
    runtimes: ['crun', 'runc'].filter((name) =>
      ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'].some((folder) => existsSync(`${folder}/${name}`)),
    ),
  };
}
