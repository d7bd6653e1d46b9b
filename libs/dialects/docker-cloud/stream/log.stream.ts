import type { Readable } from 'node:stream';
import type { NamedLog } from '#libs/core/container/container-streams.js';
import type { LogOptions, OutputChunk } from '#libs/core/stream/node-streams.port.js';
import { DomainError } from '#libs/domain/error.js';
import { LogLineSplitter, type LogLine } from './log-line.splitter.js';
import { PeerGone, type Peer } from './peer.js';

export const logOptions = (query: { tail: number | null; follow: boolean }): LogOptions => ({
  ...query,
  since: null,
  stdout: true,
  stderr: true,
  timestamps: true,
});

/** Sends a container's log until it ends. */
export const streamLog = (peer: Peer, log: NamedLog): Promise<void> => streamAll(peer, [log], (one) => pump(peer, one));

/**
 * Sends the logs of a service's containers, with the name of each, until all have ended and no more come. With
 * `lasting` one that breaks off is told of and the others go on: its container comes back elsewhere or starts again.
 */
export const streamServiceLogs = (
  peer: Peer,
  logs: Iterable<NamedLog> | AsyncIterable<NamedLog>,
  lasting: boolean,
): Promise<void> =>
  streamAll(peer, logs, async (log) => {
    try {
      await pump(peer, log, log.name);
    } catch (error) {
      if (!lasting || !(error instanceof DomainError)) throw error;
      await peer.send({
        type: 'error',
        source: log.name,
        output: error.message,
        streamType: 'stderr',
        data: { errorMessage: error.message },
      });
    }
  });

async function streamAll(
  peer: Peer,
  logs: Iterable<NamedLog> | AsyncIterable<NamedLog>,
  send: (log: NamedLog) => Promise<void>,
): Promise<void> {
  const open = new Map<Promise<void>, Readable>();
  const stop = () => open.forEach((output) => output.destroy());
  peer.closed.addEventListener('abort', stop, { once: true });
  let fail: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => (fail = reject));
  const sendAll = async () => {
    for await (const log of logs) {
      const sent = send(log).finally(() => open.delete(sent));
      open.set(sent, log.output);
      if (peer.closed.aborted) log.output.destroy();
      // The first that fails ends them all, also while the next log is waited for.
      sent.catch(fail);
    }
    await Promise.all(open.keys());
  };
  try {
    await Promise.race([sendAll(), failure]);
  } finally {
    stop();
  }
}

async function pump(peer: Peer, log: NamedLog, source?: string): Promise<void> {
  const splitters = { stdout: new LogLineSplitter(), stderr: new LogLineSplitter() };
  const send = async (streamType: OutputChunk['channel'], lines: LogLine[]) => {
    for (const { text, timestamp } of lines) {
      await peer.send({ type: 'log', ...(source && { source }), log: text, streamType, timestamp });
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
