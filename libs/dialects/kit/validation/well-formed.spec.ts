import { DomainError } from '#libs/domain/error.js';
import { requireWellFormed } from './well-formed.js';

const refusal = (value: unknown): [unknown, string] => {
  try {
    requireWellFormed(value);
  } catch (error) {
    if (error instanceof DomainError) return [error.detail.field, error.message];
  }
  throw new Error('It was let in.');
};

describe('what is JSON and still no text of ours', () => {
  it('lets everything else in', () => {
    requireWellFormed({ a: ['ä', '😀', 1, null, true], b: { c: {} } });
    requireWellFormed('text');
    requireWellFormed(undefined);
  });

  it('names the field', () => {
    expect(refusal({ a: [{ b: 'x\0' }] })).toEqual(['a.0.b', expect.stringMatching(/^a\.0\.b: .*U\+0000/)]);
    expect(refusal({ a: '\ud800!' })).toEqual(['a', expect.stringMatching(/^a: .*surrogate/)]);
    expect(refusal({ labels: { 'k\0': 'v' } })).toEqual(['labels', expect.stringMatching(/^labels: /)]);
    expect(refusal('\0')).toEqual(['', expect.stringMatching(/^Text/)]);
  });

  it('refuses bottomless values without falling into them', () => {
    let bottomless: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) bottomless = [bottomless];
    expect(refusal({ labels: bottomless })).toEqual(['labels', 'labels: This is nested too deeply.']);
  });
});
