import fc from 'fast-check';
import { LogLineSplitter } from './log-line.splitter.js';

describe('log lines', () => {
  it('come out whole however they were cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(50)), (lines, cuts) => {
        const texts = lines.map((line) => `${line.replaceAll('\n', '')}\n`);
        const bytes = Buffer.from(texts.map((text) => `2026-11-20T23:06:01.123456789Z ${text}`).join(''));
        const splitter = new LogLineSplitter();
        const out: string[] = [];
        let from = 0;
        for (const cut of cuts) {
          out.push(...splitter.push(bytes.subarray(from, from + cut)).map((line) => line.text));
          from += cut;
        }
        out.push(...splitter.push(bytes.subarray(from)).map((line) => line.text));
        out.push(...splitter.flush().map((line) => line.text));
        expect(out).toEqual(texts);
      }),
      { numRuns: 200 },
    );
  });

  it('carry the time of the engine', () => {
    const [line] = new LogLineSplitter().push(Buffer.from('2015-06-08T15:55:24.5Z hello\n'));
    expect(line).toEqual({ text: 'hello\n', timestamp: 1433778924 });
  });

  it('without an end are cut when they grow too long, and given at the end', () => {
    const splitter = new LogLineSplitter();
    expect(splitter.push(Buffer.alloc(100_000, 'a'))).toHaveLength(1);
    expect(splitter.push(Buffer.from('rest'))).toEqual([]);
    expect(splitter.flush()[0]?.text).toBe('rest');
  });
});
