import { setTimeout as delay } from 'node:timers/promises';
import { frames } from '#libs/agent-protocol/frame.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import { isRuntimeError } from '#libs/runtime/runtime.error.js';
import type { StreamChannelCall } from './stream.call.js';

const shortestIntervalMs = 100;

/** One sample, or one every `intervalMs` until the reader leaves or the container ends. */
export async function sendStats(
  call: StreamChannelCall,
  driver: RuntimeDriver,
  engineId: string,
  intervalMs: number,
): Promise<void> {
  let sample = await driver.stats(engineId);
  await call.send(frames.opened());
  for (;;) {
    await call.send({
      frame: {
        $case: 'stats',
        value: {
          at: sample.at.getTime(),
          cpuTotalNs: sample.cpuTotalNs,
          memoryBytes: sample.memoryBytes,
          memoryLimitBytes: sample.memoryLimitBytes ?? 0,
          networkRxBytes: sample.netRxBytes,
          networkTxBytes: sample.netTxBytes,
          blockReadBytes: sample.blkReadBytes,
          blockWriteBytes: sample.blkWriteBytes,
          pids: sample.pids,
        },
      },
    });
    if (intervalMs === 0) return call.end();
    await delay(Math.max(shortestIntervalMs, intervalMs), undefined, { signal: call.signal });
    try {
      sample = await driver.stats(engineId);
    } catch (error) {
      if (isRuntimeError(error, 'conflict', 'not-found')) return call.end(); // it ended meanwhile
      throw error;
    }
  }
}
