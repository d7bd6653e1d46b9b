import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import type { ExecStream, OutputChunk } from '#libs/core/stream/node-streams.port.js';
import type { Peer } from './peer.js';

/**
 * Without it every message of the client is input, as it stands. With it messages are JSON, so that a client can
 * also say how large its terminal is and that the input has ended.
 */
export const execProtocol = 'pierhead.exec.v1';

const clientFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stdin'), data: z.string() }),
  z.strictObject({ type: z.literal('resize'), columns: z.int().min(1).max(9_999), rows: z.int().min(1).max(9_999) }),
  z.strictObject({ type: z.literal('eof') }),
]);

/**
 * Joins a client and a process until the process ends, or the client leaves, which ends the process's terminal.
 * `last` is the output of the last frame: the Go client takes a closed connection for nothing and waits for `EOF`.
 */
export async function streamExec(peer: Peer, process: ExecStream, last: '' | 'EOF'): Promise<void> {
  const close = () => process.close();
  peer.closed.addEventListener('abort', close, { once: true });
  if (peer.closed.aborted) close();
  process.stdin.on('error', () => undefined);
  peer.onMessage((data, text) => (peer.protocol === execProtocol && text ? obey(process, data) : write(process, data)));
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  for await (const chunk of process.output as AsyncIterable<OutputChunk>) {
    const output = decoders[chunk.channel].write(chunk.data);
    if (output !== '') await peer.send({ type: 'exec', output, streamType: chunk.channel });
  }
  const code = await process.exitCode;
  await peer.send({ type: 'exec', output: last, streamType: 'stdout', exit_code: code });
  peer.end(1000, `exit ${code}`);
}

function obey(process: ExecStream, data: Buffer): Promise<void> | void {
  const frame = clientFrame.safeParse(parse(data.toString('utf8')));
  if (!frame.success) return;
  if (frame.data.type === 'stdin') return write(process, Buffer.from(frame.data.data));
  if (frame.data.type === 'resize') return process.resize(frame.data.columns, frame.data.rows);
  process.stdin.end();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Waits while the process does not read, so that the client is not read from either. */
function write({ stdin }: ExecStream, data: Buffer): Promise<void> | void {
  if (stdin.writableEnded || stdin.destroyed || stdin.write(data)) return;
  return new Promise((resolve) => {
    const done = () => {
      stdin.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stdin.once('drain', done).once('close', done).once('error', done);
  });
}
