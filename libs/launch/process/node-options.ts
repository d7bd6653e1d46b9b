export type ProcessKind = 'api' | 'gateway' | 'worker' | 'agent';

/**
 * Options of the runtime. A young generation of 4 MiB is twenty megabytes less at rest than the runtime's own and holds
 * what some dozens of requests or jobs need while they run; in 2 MiB an api under load collects most of the time. The
 * bound on an api's old one has it collected before its garbage is as large as all that lives, which is a third of its
 * memory under load for some seven per cent of its time. An agent shares its node with tenants: with code kept for size
 * too, it holds a thousand containers in a bit more than half of the memory.
 */
export const nodeOptionsOf: Readonly<Record<ProcessKind, readonly string[]>> = {
  api: ['--max-semi-space-size=4', '--max-old-space-size=1536'],
  gateway: ['--max-semi-space-size=4'],
  worker: ['--max-semi-space-size=4'],
  agent: ['--max-semi-space-size=2', '--optimize-for-size'],
};

/** Without it the C library keeps what each of the runtime's threads once used for that thread alone. */
export const allocatorEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };
