export type ProcessKind = 'api' | 'gateway' | 'worker' | 'agent';

/**
 * Options of the runtime. A small young generation costs no time here, since what lives as long as a request or a job
 * is little, and twenty to thirty megabytes less at rest than the runtime's own. An agent shares its node with tenants:
 * with code kept for size too, it holds a thousand containers in a bit more than half of the memory.
 */
export const nodeOptionsOf: Readonly<Record<ProcessKind, readonly string[]>> = {
  api: ['--max-semi-space-size=2'],
  gateway: ['--max-semi-space-size=4'],
  worker: ['--max-semi-space-size=4'],
  agent: ['--max-semi-space-size=2', '--optimize-for-size'],
};

/** Without it the C library keeps what each of the runtime's threads once used for that thread alone. */
export const allocatorEnvironment: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };
