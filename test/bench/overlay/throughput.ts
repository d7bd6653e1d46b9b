import type { RunOptions, RunResult } from '#libs/launch/process/run.js';

/** One end of a connection: where it answers, and how a program is run there. */
export interface Peer {
  address: string;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

const port = '5201';

/** Gbit/s that arrive over one TCP connection from one end to the other, by iperf3. */
export async function throughput(from: Peer, to: Peer, seconds: number): Promise<number> {
  const timeoutMs = (seconds + 20) * 1_000;
  const client = ['-c', to.address, '-p', port, '-t', String(seconds), '--connect-timeout', '5000', '-J'];
  let served: Promise<RunResult> | undefined;
  await new Promise<void>((listening, reject) => {
    const onOutput = (text: string) => text.includes('Server listening') && listening();
    served = to.run('iperf3', ['-s', '-1', '-B', to.address, '-p', port, '--forceflush'], { timeoutMs, onOutput });
    served.catch(reject);
  });
  const { stdout } = await from.run('iperf3', client, { timeoutMs });
  await served;
  return received(stdout);
}

interface Report {
  error?: string;
  end?: { sum_received?: { bits_per_second?: number } };
}

/** Of iperf3's report as JSON: what the receiver counted, in Gbit/s. A failure is told in the report alone. */
export function received(report: string): number {
  const { end, error } = JSON.parse(report) as Report;
  const rate = end?.sum_received?.bits_per_second;
  if (error !== undefined || !rate) throw new Error(`iperf3: ${error ?? 'nothing arrived'}.`);
  return rate / 1e9;
}
