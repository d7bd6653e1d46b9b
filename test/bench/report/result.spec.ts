import { toResult } from './result.js';

describe('toResult', () => {
  it('judges a ratio by the median of the rounds', () => {
    const result = toResult({
      name: 'start',
      unit: 'ms',
      ours: [110, 120, 500],
      peer: { name: 'raw', samples: [100, 100, 100] },
      aim: { of: 'ratio', bound: 'at-most', value: 1.15 },
    });
    expect(result.ratio).toEqual({ min: 1.1, median: 1.2, max: 5 });
    expect(result.met).toBe(false);
    expect(result.missedByPercent).toBeCloseTo(4.35, 1);
  });

  it('judges our own figure where the aim says so', () => {
    const aim = { of: 'ours', bound: 'at-least', value: 5_000 } as const;
    const missed = toResult({ name: 'changes', unit: '/s', ours: [4_000], aim });
    expect(missed).toMatchObject({ met: false, peer: null, ratio: null });
    expect(missed.missedByPercent).toBeCloseTo(20);
    expect(toResult({ name: 'changes', unit: '/s', ours: [5_000], aim })).toMatchObject({
      met: true,
      missedByPercent: null,
    });
  });

  it('judges nothing without an aim', () => {
    const result = toResult({ name: 'x', unit: 'ms', ours: [1, 2], peer: { name: 'y', samples: [2, 2] } });
    expect(result).toMatchObject({ met: null, missedByPercent: null, aim: null, ratio: { min: 0.5, max: 1 } });
  });

  it('refuses an aim on a ratio without a peer', () => {
    expect(() =>
      toResult({ name: 'x', unit: 'ms', ours: [1], aim: { of: 'ratio', bound: 'at-most', value: 1 } }),
    ).toThrow('no peer');
  });
});
