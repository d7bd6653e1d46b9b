import { decodeJsonLines } from './json-lines.js';

async function* chunks(...texts: string[]) {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}
const all = async (source: AsyncIterable<unknown>) => {
  const values: unknown[] = [];
  for await (const value of source) values.push(value);
  return values;
};

describe('JSON lines', () => {
  it('are put together from any cut, with or without a last line break', async () => {
    expect(await all(decodeJsonLines(chunks('{"a":', '1}\r\n{"b"', ':2}\n\n{"c":3}')))).toEqual([
      { a: 1 },
      { b: 2 },
      { c: 3 },
    ]);
  });

  it('may be cut inside a character', async () => {
    const bytes = Buffer.from('{"a":"ü"}\n');
    async function* cut() {
      yield await Promise.resolve(bytes.subarray(0, 7));
      yield bytes.subarray(7);
    }
    expect(await all(decodeJsonLines(cut()))).toEqual([{ a: 'ü' }]);
  });

  it('are refused when they are no JSON or too long', async () => {
    await expect(all(decodeJsonLines(chunks('nope\n')))).rejects.toThrow(SyntaxError);
    await expect(all(decodeJsonLines(chunks('"aaaa', 'aaaa'), 6))).rejects.toThrow(RangeError);
  });
});
