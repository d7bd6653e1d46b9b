import { median, pairedRatios, spread } from './statistics.js';

describe('median', () => {
  it('is the middle of an odd number of samples, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([7])).toBe(7);
  });

  it('is the mean of the middle two of an even number', () => {
    expect(median([4, 1, 3, 10])).toBe(3.5);
    expect(median([1, 2])).toBe(1.5);
  });

  it('sorts by value, not by text, and leaves its argument alone', () => {
    const samples = [100, 9, 20];
    expect(median(samples)).toBe(20);
    expect(samples).toEqual([100, 9, 20]);
  });

  it('refuses an empty list', () => expect(() => median([])).toThrow('no median'));
});

describe('spread', () => {
  it('holds the least, the middle and the greatest', () => {
    expect(spread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
  });
});

describe('pairedRatios', () => {
  it('divides round by round', () => {
    expect(pairedRatios([10, 30], [5, 10])).toEqual([2, 3]);
  });

  it('differs from a ratio of medians when a round was disturbed on both sides', () => {
    const ratios = pairedRatios([100, 110, 900], [100, 100, 800]);
    expect(median(ratios)).toBeCloseTo(1.1);
  });

  it('refuses rounds that lack a side, and a peer of zero', () => {
    expect(() => pairedRatios([1, 2], [1])).toThrow('both sides');
    expect(() => pairedRatios([1], [0])).toThrow('none');
  });
});
