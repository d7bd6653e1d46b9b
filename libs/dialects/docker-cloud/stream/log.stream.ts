import type { NamedLog } from '#libs/core/container/container-streams.js';
import type { LogOptions, OutputChunk } from '#libs/core/stream/node-streams.port.js';
import { LogLineSplitter, type LogLine } from './log-line.splitter.js';
import { PeerGone, type Peer } from './peer.js';

export const logOptions = (query: { tail: number | null; follow: boolean }): LogOptions => ({
  ...query,
  since: null,
  stdout: true,
  stderr: true,
  timestamps: true,
});

/** Sends the logs of one container, or of all containers of a service with the name of each, until they end. */
export async function streamLogs(peer: Peer, logs: NamedLog[], named: boolean): Promise<void> {
  const stop = () => logs.forEach((log) => log.output.destroy());
  peer.closed.addEventListener('abort', stop, { once: true });
  if (peer.closed.aborted) stop();
  try {
    await Promise.all(logs.map((log) => pump(peer, log, named)));
  } finally {
    stop();
  }
}

async function pump(peer: Peer, log: NamedLog, named: boolean): Promise<void> {
  const splitters = { stdout: new LogLineSplitter(), stderr: new LogLineSplitter() };
  const send = async (streamType: OutputChunk['channel'], lines: LogLine[]) => {
    for (const { text, timestamp } of lines) {
      await peer.send({ type: 'log', ...(named ? { source: log.name } : {}), log: text, streamType, timestamp });
    }
  };
  try {
    for await (const chunk of log.output as AsyncIterable<OutputChunk>) {
      await send(chunk.channel, splitters[chunk.channel].push(chunk.data));
    }
  } catch (error) {
    // A source that was destroyed because its watcher left has not failed.
    if (peer.closed.aborted) throw new PeerGone();
    throw error;
  }
  await send('stdout', splitters.stdout.flush());
  await send('stderr', splitters.stderr.flush());
}
