import type { IncomingMessage } from 'node:http';

interface Hooked {
  addHook(
    name: 'onSend',
    hook: (
      request: { raw: IncomingMessage },
      reply: { statusCode: number },
      payload: unknown,
      done: (error: Error | null, payload: unknown) => void,
    ) => void,
  ): unknown;
}

/** What is taken in to no use, so that the client gets to read why: beyond it the connection is cut. */
const patience = { bytes: 64 * 1024 * 1024, ms: 5_000 };

/**
 * A refusal that is sent while the body still arrives is lost: the connection closes with unread bytes in it, which
 * resets it, and the client sees a broken pipe instead of a sentence. So the rest of the body is let run off first.
 */
export function explainTooLarge(server: Hooked): void {
  server.addHook('onSend', ({ raw }, { statusCode }, payload, done) => {
    if (statusCode !== 413 || raw.complete || raw.destroyed) return done(null, payload);
    let left = patience.bytes;
    const finish = () => {
      clearTimeout(late);
      raw.off('data', count).off('end', finish).off('error', finish).off('close', finish);
      raw.resume();
      done(null, payload);
    };
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) finish();
    };
    const late = setTimeout(finish, patience.ms);
    raw.on('data', count).once('end', finish).once('error', finish).once('close', finish);
  });
}
