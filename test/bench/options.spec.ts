import { BenchUsageError, readOptions } from './options.js';

const known = ['stack', 'list', 'recover'];

describe('readOptions', () => {
  it('runs everything when nothing is named', () => {
    expect(readOptions([], known)).toEqual({ measures: known, json: null, rounds: null });
  });

  it('runs what is named, once and in the known order', () => {
    expect(readOptions(['recover', 'stack', 'recover'], known).measures).toEqual(['stack', 'recover']);
  });

  it('takes a file and a number of rounds, anywhere', () => {
    expect(readOptions(['--json', 'out.json', 'list', '--rounds=3'], known)).toEqual({
      measures: ['list'],
      json: 'out.json',
      rounds: 3,
    });
  });

  it.each([
    [['lists'], 'There are: stack, list, recover.'],
    [['--rounds', '0'], 'whole number'],
    [['--rounds', '2.5'], 'whole number'],
    [['--rounds', 'many'], 'whole number'],
    [['--json='], 'name of a file'],
    [['--fast'], '--fast'],
  ])('refuses %j with a sentence', (argv, sentence) => {
    expect(() => readOptions(argv, known)).toThrow(BenchUsageError);
    expect(() => readOptions(argv, known)).toThrow(sentence);
  });
});
