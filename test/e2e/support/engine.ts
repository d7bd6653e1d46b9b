import { Cluster, type ClusterOptions } from '#libs/testing/cluster/cluster.js';

function wanted(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the tests with npm run test:e2e.`);
  return value;
}

export const sampleImage = (): string => wanted('PIERHEAD_TEST_IMAGE');
export const engineSocket = (): string => wanted('PIERHEAD_TEST_PODMAN_SOCKET');

/** A platform of real processes over the test's Podman; starting it takes seconds, so one per file. */
export const startCluster = (options: Omit<ClusterOptions, 'engineSocket'> = {}): Promise<Cluster> =>
  Cluster.start({ ...options, engineSocket: engineSocket() });

export const startMs = 120_000;
