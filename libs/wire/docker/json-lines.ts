const newline = 0x0a;

/** A line longer than this is no progress message or event, but a peer that fills the memory. */
const defaultMaxLineBytes = 4 * 1024 * 1024;

/**
 * JSON values of a stream that carries one per line, as pull, build, events and stats do.
 * @throws SyntaxError for a line that is not JSON, RangeError for one that is too long
 */
export async function* decodeJsonLines(
  source: AsyncIterable<Buffer>,
  maxLineBytes = defaultMaxLineBytes,
): AsyncGenerator<unknown> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, at)])
        .toString()
        .trim();
      rest = [];
      restBytes = 0;
      from = at + 1;
      if (line !== '') yield JSON.parse(line) as unknown;
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      restBytes += chunk.length - from;
      if (restBytes > maxLineBytes) throw new RangeError(`A line of the stream is longer than ${maxLineBytes} bytes.`);
    }
  }
  const last = Buffer.concat(rest).toString().trim();
  if (last !== '') yield JSON.parse(last) as unknown;
}
