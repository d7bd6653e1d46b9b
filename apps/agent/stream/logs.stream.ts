import { frames } from '#libs/agent-protocol/frame.js';
import { StreamChannel, type LogsRequest } from '#libs/agent-protocol/generated/pierhead/agent/v1/agent.js';
import type { RuntimeDriver } from '#libs/runtime/runtime.driver.js';
import type { StreamChannelCall } from './stream.call.js';

export const channelOf = { stdout: StreamChannel.STDOUT, stderr: StreamChannel.STDERR } as const;

/** A container's log, as fast as it is read. */
export async function sendLogs(
  call: StreamChannelCall,
  driver: RuntimeDriver,
  engineId: string,
  request: LogsRequest,
): Promise<void> {
  const { follow, tail, since, stdout, stderr, timestamps } = request;
  const output = await driver.logs(engineId, {
    follow,
    stdout,
    stderr,
    timestamps,
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since: new Date(since) }),
    signal: call.signal,
  });
  await call.send(frames.opened());
  for await (const frame of output) await call.sendData(channelOf[frame.stream], frame.data);
  call.end();
}
