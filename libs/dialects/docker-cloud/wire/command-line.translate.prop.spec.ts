import fc from 'fast-check';
import { readCommandLine, writeCommandLine } from './command-line.translate.js';

describe('command lines', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 8 }), (words) => {
        expect(readCommandLine('run_command', writeCommandLine(words))).toEqual(words);
      }),
      { numRuns: 300 },
    );
  });

  it('keep a quotation mark behind backslashes', () => {
    const words = ["\\\\'", ''];
    expect(readCommandLine('run_command', writeCommandLine(words))).toEqual(words);
  });

  it.each([
    [`/run.sh`, ['/run.sh']],
    [`sh -c 'while :; do date -u; sleep 10; done'`, ['sh', '-c', 'while :; do date -u; sleep 10; done']],
    [`echo "a b" c\\ d ''`, ['echo', 'a b', 'c d', '']],
    [`echo $HOME *.txt | cat`, ['echo', '$HOME', '*.txt', '|', 'cat']],
  ])('split %s as a shell does, expanding nothing', (text, words) => {
    expect(readCommandLine('run_command', text)).toEqual(words);
  });

  it.each([null, undefined, '', '   '])('leave the image its own for %j', (text) => {
    expect(readCommandLine('run_command', text)).toBeNull();
  });

  it.each([`echo "a`, `echo 'b`, `echo \\`])('refuse %s, naming the field', (text) => {
    expect(() => readCommandLine('run_command', text)).toThrow(/^run_command: /);
  });
});
