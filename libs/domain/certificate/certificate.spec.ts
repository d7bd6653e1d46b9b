import { backOffMs, renewAt } from './renewal.js';
import { certificateState } from './state.js';

describe('certificates', () => {
  const [from, to] = [new Date('2030-01-01T00:00:00Z'), new Date('2030-04-01T00:00:00Z')];

  it('are renewed when a third of their life is left', () =>
    expect(renewAt(from, to)).toEqual(new Date('2030-03-02T00:00:00Z')));

  it('are pending, active and expired', () => {
    expect(certificateState(null, from)).toBe('pending');
    expect(certificateState(to, from)).toBe('active');
    expect(certificateState(to, to)).toBe('expired');
  });

  it('are asked for less and less often while that fails, once a day in the end', () => {
    expect([1, 2, 3, 4].map(backOffMs)).toEqual([60_000, 120_000, 240_000, 480_000]);
    for (const many of [12, 13, 1_000, 1e9]) expect(backOffMs(many)).toBe(86_400_000);
  });
});
