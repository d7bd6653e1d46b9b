import { Queue, Worker } from 'bullmq';
import { connectRedis } from '#libs/queue/redis/redis-client.js';

const concurrency = 16;
const chunk = 500;

/** Jobs per second of BullMQ workers that do nothing: from the first job added to the last one done. */
export async function emptyJobsPerSecond(redisUrl: string, name: string, total: number): Promise<number> {
  const connection = connectRedis({ url: redisUrl, sentinels: undefined, sentinelName: '', cluster: undefined });
  const options = { connection, prefix: '{bench}' };
  const queue = new Queue(name, { ...options, defaultJobOptions: { removeOnComplete: true } });
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let done = 0;
  const work = () => {
    if (++done === total) finish();
    return Promise.resolve();
  };
  const worker = new Worker(name, work, { ...options, concurrency });
  await worker.waitUntilReady();
  const began = performance.now();
  for (let added = 0; added < total; added += chunk) {
    await queue.addBulk(Array.from({ length: Math.min(chunk, total - added) }, () => ({ name: 'empty', data: {} })));
  }
  await finished;
  const seconds = (performance.now() - began) / 1_000;
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  connection.disconnect();
  return total / seconds;
}
